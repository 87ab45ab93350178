"""A business that is forgotten is looked for no more, nor known to have been shown."""

from datetime import UTC, datetime

from tests.factories import listings, users
from tests.factories import matching as market
from tests.suite import Suite

AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)


def test_nothing_is_left_of_it_and_others_stay(suite: Suite) -> None:
    """Neither what it was shown nor where it was shown."""
    ada, mine = listings.seller(suite, name="Ada Mill")
    listings.seller(suite, name="Kano Grain")
    bola, theirs = listings.seller(suite, name="Yaba Phones")
    suite.deliver(now=AT)
    assert len(market.suggested(suite, ada, mine, now=AT)) == 2
    assert len(market.suggested(suite, bola, theirs, now=AT)) == 2
    users.leaving(suite, ada)
    suite.tick("cron_erase_accounts", datetime.now(UTC).replace(year=2027))
    suite.deliver(times=2, now=AT)
    assert len(market.candidates(suite)) == 2
    assert market.groups(suite, mine) == []
    rows = suite.rows("SELECT business_id, suggested_id FROM bizconnect.impression")
    assert len(rows) == 1
    assert mine not in rows[0]
    assert market.names(market.suggested(suite, bola, theirs, now=AT)) == ["Kano Grain"]
