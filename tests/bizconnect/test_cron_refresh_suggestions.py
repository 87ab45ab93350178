"""What time changes about candidates is made anew, and old lists are forgotten."""

from datetime import UTC, datetime, timedelta

from tests.factories import connections, listings
from tests.factories import matching as market
from tests.suite import Suite

AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
JOB = "cron_refresh_suggestions"


def test_what_expired_is_looked_for_no_more(suite: Suite) -> None:
    """The moment it did, whether or not the listings service has tidied up."""
    market.trader(suite, "Kano Grain", categories=["phones"], offers=("grains-cereals",), now=AT)
    suite.deliver(now=AT)
    assert suite.tick(JOB, AT + timedelta(hours=71)) == 0
    assert market.candidates(suite)[0]["offers"] == ["grains-cereals"]
    assert suite.tick(JOB, AT + timedelta(hours=73)) == 1
    (then,) = market.candidates(suite)
    assert then["offers"] == []
    assert len(then["keys"]) == 6
    assert suite.tick(JOB, AT + timedelta(hours=74)) == 0


def test_businesses_that_were_there_before_are_filled_in_batches(suite: Suite) -> None:
    """As the migration leaves them: due, and in no group."""
    ids = [listings.seller(suite, name=f"Old {number}")[1] for number in range(3)]
    suite.rows(
        "INSERT INTO bizconnect.candidate SELECT id, hashtextextended(id::text, 1), '', '', 0, 0, "
        "0, 'Etc/UTC', 'en', '{}', '{}', '{}', '{}', '{}', 0, 0.5, '{}', 'epoch' "
        "FROM users.business"
    )
    assert suite.tick(JOB, AT) == 3
    for mine in ids:
        assert len(market.groups(suite, mine)) == 6


def test_whoever_never_answered_is_known_by_it_in_time(suite: Suite) -> None:
    """A request that ran out counts, a week at the latest after the business was looked at."""
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    _, abuja = connections.firm(suite, "Abuja Mills")
    suite.deliver(now=AT)
    first = connections.asked(suite, ada, kano, lagos, now=AT)
    answer = suite.call(
        f"PATCH /api/v1/connections/{first['id']}/status",
        bola,
        body={"action": "accept"},
        version=1,
        now=AT,
    )
    assert answer.status == 200
    suite.deliver(now=AT)
    late = AT + timedelta(days=40)
    suite.rows(
        "INSERT INTO bizconnect.connection (id, requester_id, receiver_id, market, requested_at, "
        "expires_at) VALUES (gen_random_uuid(), :a, :b, 'afcfta', CAST(:at AS timestamptz), "
        "CAST(:at AS timestamptz) + interval '30 days')",
        a=abuja,
        b=lagos,
        at=AT,
    )
    assert suite.tick(JOB, late) == 1
    found = {each["business_id"]: each["responsiveness"] for each in market.candidates(suite)}
    assert found[str(lagos)] == (1 + 1.5) / 5


def test_lists_are_forgotten_after_half_a_year(suite: Suite) -> None:
    """Rows of the last 180 days stay."""
    suite.rows(
        "INSERT INTO bizconnect.impression SELECT gen_random_uuid(), '2026-05-01', n, "
        "gen_random_uuid(), 0, false, 1, '[]', CAST(:at AS timestamptz) - make_interval(days => n) "
        "FROM generate_series(171, 190) AS n",
        at=AT,
    )
    assert suite.tick(JOB, AT) == 10
    assert suite.value("SELECT count(*) FROM bizconnect.impression") == 10
