"""The job that notes what is over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from functions.bizconnect._rules.requests import LASTS
from functions.bizconnect.cron_expire_connection_requests import BATCH_SIZE
from tests.factories import connections
from tests.suite import Suite

JOB = "cron_expire_connection_requests"
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
OVER = AT + LASTS


def test_what_is_over_is_noted_and_announced_once_declined_or_not(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    _, ibadan = connections.firm(suite, "Ibadan Mills")
    chidi, abuja = connections.firm(suite, "Abuja Mills")
    declined = connections.asked(suite, ada, kano, lagos, now=AT)
    connections.stepped(suite, bola, declined, "decline", AT)
    connections.asked(suite, ada, kano, ibadan, now=AT)
    accepted = connections.asked(suite, ada, kano, abuja, now=AT)
    connections.stepped(suite, chidi, accepted, "accept", AT)
    before = len(suite.events("ConnectionEnded"))
    assert suite.tick(JOB, OVER - timedelta(seconds=1)) == 0
    assert suite.tick(JOB, OVER) == 2
    assert suite.tick(JOB, OVER + timedelta(minutes=15)) == 0
    states = suite.rows("SELECT state, count(*) FROM bizconnect.connection GROUP BY 1 ORDER BY 1")
    assert states == [["accepted", 1], ["expired", 2]]
    told = [each["data"] for each in suite.events("ConnectionEnded")[before:]]
    assert sorted(each["receiver_name"] for each in told) == ["Ibadan Mills", "Lagos Mills"]
    assert {(each["reason"], each["ended_by"], each["ended_at"]) for each in told} == {
        ("expired", None, "2026-12-22T09:30:00Z")
    }


def test_p11_never_run_run_twice_or_eight_at_once_a_caller_sees_no_difference(
    suite: Suite,
) -> None:
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    made = connections.asked(suite, ada, kano, lagos, now=AT)

    def status() -> str:
        found: str = connections.seen(suite, ada, made, OVER).data["status"]
        return found

    assert status() == "expired"
    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(lambda _: suite.tick(JOB, OVER), range(8)))
    assert sum(done) == 1
    assert status() == "expired"


def test_a_backlog_goes_batch_by_batch_in_one_run(suite: Suite) -> None:
    suite.rows(
        "INSERT INTO bizconnect.connection "
        "(id, requester_id, receiver_id, market, requested_at, expires_at) "
        "SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'afcfta', "
        "CAST(:at AS timestamptz), CAST(:at AS timestamptz) + interval '30 days' "
        "FROM generate_series(1, CAST(:count AS integer))",
        at=AT,
        count=BATCH_SIZE + 7,
    )
    assert suite.tick(JOB, OVER) == BATCH_SIZE + 7
