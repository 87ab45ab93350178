"""What moderators were shown of a listing that is forgotten."""

from schemas.events.listings import ListingErased
from tests.factories import admin
from tests.factories.events import hand
from tests.suite import Suite

ROW = "SELECT state, snapshot::text, note, target_version FROM admin.review"


def test_p19_its_review_is_emptied_and_no_longer_waits(suite: Suite) -> None:
    told = admin.submission()
    hand(suite, "on_listing_submitted_open_review", told)
    erased = ListingErased(
        listing_id=told.listing_id, business_id=told.business_id, version=told.version + 1
    )
    hand(suite, "on_listing_erased_erase_review", erased, times=2)
    assert suite.rows(ROW) == [["withdrawn", "{}", None, told.version + 1]]


def test_p19_a_submission_that_arrives_late_does_not_bring_it_back(suite: Suite) -> None:
    told = admin.submission()
    erased = ListingErased(
        listing_id=told.listing_id, business_id=told.business_id, version=told.version + 1
    )
    hand(suite, "on_listing_erased_erase_review", erased)
    hand(suite, "on_listing_submitted_open_review", told)
    assert suite.rows(ROW) == [["withdrawn", "{}", None, told.version + 1]]
