"""Resuming."""

from datetime import UTC, datetime, timedelta

from tests.factories import listings
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_resumed_after_its_time_it_is_over(suite: Suite) -> None:
    """Time runs on while it is paused; then only more time brings it back."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT, duration_hours=24)
    suite.call(listings.do("pause", made), owner, now=AT + HOUR)
    late = suite.call(listings.do("resume", made), owner, now=AT + timedelta(hours=25))
    assert (late.status, late.codes) == (409, [("LISTING_NOT_PAUSED", None)])
    assert late.json["current"]["state"] == "expired"
    assert not listings.is_shown(suite, made, AT + timedelta(hours=25))
