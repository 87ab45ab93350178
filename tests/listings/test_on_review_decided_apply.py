"""What a decision does to a listing."""

from datetime import UTC, datetime, timedelta

from tests.factories import listings
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)


def test_an_approved_listing_is_on_the_market_for_its_time(suite: Suite) -> None:
    """Its time runs from the decision; it is shown and announced once, however often delivered."""
    owner, business_id = listings.seller(suite)
    made = listings.pending(suite, owner, business_id, duration_hours=48)
    listings.decide(suite, made, at=AT, times=2)
    detail = suite.call(f"GET /api/v1/listings/{made['id']}", now=AT)
    assert detail.status == 200
    assert datetime.fromisoformat(detail.data["published_at"]) == AT
    assert datetime.fromisoformat(detail.data["expires_at"]) == AT + timedelta(hours=48)
    (event,) = suite.events("ListingPublished")
    assert event["data"]["first"] is True
    steps = "SELECT from_state, to_state, reason FROM listings.transition ORDER BY id"
    assert suite.rows(steps) == [
        [None, "pending", None],
        ["pending", "published", "approved"],
    ]


def test_a_rejected_listing_tells_its_owner_why(suite: Suite) -> None:
    """Reason and note are on the listing and in the announcement."""
    owner, business_id = listings.seller(suite)
    made = listings.pending(suite, owner, business_id)
    listings.decide(suite, made, approved=False, reason="prohibited", note="No live animals.")
    seen = listings.own(suite, owner, made["id"])
    assert seen["state"] == "rejected"
    assert seen["rejection"] == {"reason": "prohibited", "note": "No live animals."}
    (event,) = suite.events("ListingRejected")
    assert (event["data"]["reason"], event["data"]["note"]) == ("prohibited", "No live animals.")


def test_a_decision_on_an_older_version_is_void(suite: Suite) -> None:
    """What was edited meanwhile waits for a decision of its own."""
    owner, business_id = listings.seller(suite)
    made = listings.pending(suite, owner, business_id)
    edited = suite.call(
        f"PATCH /api/v1/listings/{made['id']}",
        owner,
        body={"title": "Something else entirely"},
        version=made["version"],
    )
    assert edited.status == 200, edited.body
    for approved in (True, False):
        listings.decide(suite, made, approved=approved, reason="spam")
    assert listings.own(suite, owner, made["id"])["state"] == "pending"
    listings.decide(suite, edited.data)
    assert listings.own(suite, owner, made["id"])["state"] == "published"


def test_precise_points_and_folded_texts_stay_inside(suite: Suite) -> None:
    """Strangers see the cell of a hundredth of a degree, and no contact."""
    owner, business_id = listings.seller(suite)
    point = {"latitude": 6.45678, "longitude": 3.38765}
    made = listings.published(suite, owner, business_id, location=point)
    detail = suite.call(f"GET /api/v1/listings/{made['id']}")
    assert detail.data["location"] == {"latitude": 6.455, "longitude": 3.385}
    shown = detail.body.decode()
    assert "6.45678" not in shown
    assert "phone" not in shown
    metres = suite.value(
        "SELECT earth_distance(place, ll_to_earth(6.455, 3.385)) FROM listings.public_listing"
    )
    assert metres < 800
