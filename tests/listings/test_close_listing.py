"""Closing."""

from datetime import UTC, datetime

from tests.factories import listings
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_closed_it_keeps_how_it_ended(suite: Suite) -> None:
    """It is off the market for good."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    closed = suite.call(listings.do("close", made), owner, body={"outcome": "sold"}, now=AT)
    assert (closed.data["state"], closed.data["outcome"]) == ("closed", "sold")
    assert not listings.is_shown(suite, made, AT)
