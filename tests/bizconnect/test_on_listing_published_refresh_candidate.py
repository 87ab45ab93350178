"""A business is looked for by what it has on the market."""

from datetime import UTC, datetime

from tests.factories import listings
from tests.factories import matching as market
from tests.suite import Suite

AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)


def test_offers_and_requests_are_what_it_is_looked_for_by(suite: Suite) -> None:
    """Once a category, until the first of them expires; however often it is told."""
    owner, mine = listings.seller(suite)
    suite.deliver(now=AT)
    before = market.candidates(suite)[0]
    assert before["due_at"] == "infinity"
    for kind, category in (("offer", "fabrics"), ("offer", "fabrics"), ("request", "cotton-yarn")):
        listings.published(
            suite, owner, mine, type=kind, category=category, attributes={}, now=AT, at=AT
        )
    suite.deliver(times=2, now=AT)
    (then,) = market.candidates(suite)
    assert (then["offers"], then["requests"]) == (["fabrics"], ["cotton-yarn"])
    assert then["keys"] == market.groups(suite, mine)
    assert len(then["keys"]) == len(before["keys"]) + 4
    assert then["due_at"] == "2026-11-30T09:30:00+00:00"
