"""One's own listings."""

from datetime import UTC, datetime, timedelta

from tests.factories import listings, users
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
OPERATION = "GET /api/v1/listings/mine"


def test_any_state_is_shown_to_members_only(suite: Suite) -> None:
    """Each owner sees his own, whatever became of them."""
    owner, business_id = listings.seller(suite)
    other, other_business = listings.seller(suite, name="Others")
    shown = listings.published(suite, owner, business_id, at=AT)
    waiting = listings.pending(suite, owner, business_id)
    theirs = listings.pending(suite, other, other_business)
    mine = suite.call(OPERATION, owner, now=AT).data
    assert [(each["id"], each["state"]) for each in mine] == [
        (waiting["id"], "pending"),
        (shown["id"], "published"),
    ]
    assert [each["id"] for each in suite.call(OPERATION, other).data] == [theirs["id"]]
    of_others = suite.call(OPERATION, owner, query={"business_id": str(other_business)})
    assert of_others.data == []


def test_pages_over_several_businesses_are_in_one_order(suite: Suite) -> None:
    """Newest first, each once; a state filter goes by the clock."""
    owner, first = listings.seller(suite)
    second = users.business(suite, owner, name="Second shop")["id"]
    made = [
        listings.published(suite, owner, business, at=AT, duration_hours=24 * (1 + number % 2))
        for number, business in enumerate([first, second, first, second, first])
    ]
    ids = [each["id"] for each in made]
    assert [each["id"] for each in suite.pages(OPERATION, owner, limit=2)] == ids[::-1]
    later = AT + timedelta(hours=30)
    expired = suite.call(OPERATION, owner, query={"state": "expired"}, now=later).data
    assert [each["id"] for each in expired] == ids[::2][::-1]
