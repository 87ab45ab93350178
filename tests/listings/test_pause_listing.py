"""Pausing and resuming."""

from datetime import UTC, datetime, timedelta

from tests.factories import listings
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_paused_it_is_hidden_and_resumed_it_is_where_it_was(suite: Suite) -> None:
    """Its dates do not move; each step is noted and resuming is announced."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    paused = suite.call(listings.do("pause", made), owner, now=AT + HOUR)
    assert (paused.status, paused.data["state"]) == (200, "paused")
    assert not listings.is_shown(suite, made, AT + HOUR)
    resumed = suite.call(listings.do("resume", made), owner, now=AT + 2 * HOUR)
    assert (resumed.status, resumed.data["state"]) == (200, "published")
    assert listings.is_shown(suite, made, AT + 2 * HOUR)
    for name in ("published_at", "expires_at"):
        assert resumed.data[name] == made[name]
    assert [event["data"]["first"] for event in suite.events("ListingPublished")] == [True, False]
    noted = suite.rows("SELECT from_state, to_state FROM listings.transition ORDER BY id")
    assert noted[-2:] == [["published", "paused"], ["paused", "published"]]
