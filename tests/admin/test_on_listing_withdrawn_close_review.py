from schemas.events.listings import ListingSubmitted, ListingWithdrawn
from tests.factories.admin import submission, submitted
from tests.factories.events import hand
from tests.factories.users import person
from tests.suite import Suite

HANDLER = "on_listing_withdrawn_close_review"


def _withdrawal(event: ListingSubmitted, version: int) -> ListingWithdrawn:
    return ListingWithdrawn(
        listing_id=event.listing_id,
        business_id=event.business_id,
        version=version,
        title=event.title,
    )


def _kept(suite: Suite) -> list[list[object]]:
    return suite.rows("SELECT state, target_version, leased_by FROM admin.review")


def test_the_listing_leaves_the_queue_and_its_lease_ends(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    event = submitted(suite)
    suite.call("GET /api/v1/admin/listings", admin, query={"lease": "true"})
    hand(suite, HANDLER, _withdrawal(event, 2), times=2)
    assert _kept(suite) == [["withdrawn", 2, None]]
    assert suite.call("GET /api/v1/admin/listings", admin).data == []


def test_a_withdrawal_that_overtakes_its_submission_wins(suite: Suite) -> None:
    event = submission(version=1)
    hand(suite, HANDLER, _withdrawal(event, 2))
    submitted(suite, event)
    assert _kept(suite) == [["withdrawn", 2, None]]


def test_a_late_withdrawal_leaves_a_newer_submission_waiting(suite: Suite) -> None:
    event = submitted(suite, submission(version=3))
    hand(suite, HANDLER, _withdrawal(event, 2))
    assert _kept(suite) == [["pending", 3, None]]


def test_a_decision_is_kept_and_older_submissions_stay_out(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    event = submitted(suite)
    path = f"/api/v1/admin/listings/{event.listing_id}"
    assert suite.call(f"POST {path}/approve", admin, body={"version": 1}).status == 200
    hand(suite, HANDLER, _withdrawal(event, 3))
    submitted(suite, submission(listing_id=event.listing_id, version=2))
    assert _kept(suite) == [["approved", 3, None]]


def test_a_withdrawn_listing_can_be_submitted_again(suite: Suite) -> None:
    event = submitted(suite)
    hand(suite, HANDLER, _withdrawal(event, 2))
    submitted(suite, submission(listing_id=event.listing_id, version=3))
    assert _kept(suite) == [["pending", 3, None]]
