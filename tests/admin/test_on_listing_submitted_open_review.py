from schemas.events.listings import ListingSubmitted
from tests.factories.admin import submission, submitted
from tests.factories.events import hand
from tests.factories.users import person
from tests.suite import Suite

HANDLER = "on_listing_submitted_open_review"


def _kept(suite: Suite, event: ListingSubmitted) -> list[object]:
    return suite.rows(
        "SELECT target_version, state, snapshot ->> 'title', submitted_at, leased_by, decided_by, "
        "reason FROM admin.review WHERE target_id = :id",
        id=event.listing_id,
    )[0]


def test_a_listing_waits_with_what_its_author_saw(suite: Suite) -> None:
    event = submitted(suite)
    assert _kept(suite, event) == [
        event.version, "pending", event.title, event.submitted_at, None, None, None,
    ]  # fmt: skip


def test_a_newer_version_waits_anew_without_lease_and_decision(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    first = submitted(suite)
    path = f"/api/v1/admin/listings/{first.listing_id}"
    rejected = suite.call(
        f"POST {path}/reject", admin, body={"version": 1, "reason": "MISLEADING", "note": "No."}
    )
    assert rejected.status == 200
    edited = submitted(
        suite, submission(listing_id=first.listing_id, version=2, title="Ankara, 5 yards")
    )
    assert _kept(suite, edited) == [
        2, "pending", "Ankara, 5 yards", edited.submitted_at, None, None, None,
    ]  # fmt: skip
    suite.call("GET /api/v1/admin/listings", admin, query={"lease": "true"})
    again = submitted(suite, submission(listing_id=first.listing_id, version=3))
    assert _kept(suite, again)[4] is None


def test_an_older_or_equal_version_changes_nothing(suite: Suite) -> None:
    event = submitted(suite, submission(version=5))
    for late in (4, 5):
        hand(
            suite, HANDLER, submission(listing_id=event.listing_id, version=late, title="Too late")
        )
    assert _kept(suite, event)[:3] == [5, "pending", event.title]


def test_a_decision_outlives_the_redelivery_of_what_it_decided(suite: Suite) -> None:
    admin = person(suite, roles=["admin"])
    event = submitted(suite)
    path = f"/api/v1/admin/listings/{event.listing_id}"
    assert suite.call(f"POST {path}/approve", admin, body={"version": 1}).status == 200
    hand(suite, HANDLER, event, times=2)
    assert _kept(suite, event)[1] == "approved"
