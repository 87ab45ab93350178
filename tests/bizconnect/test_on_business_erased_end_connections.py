"""What becomes of the connections of a business that is forgotten."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal
from uuid import UUID

from schemas.events.users import BusinessErased
from shared.db import pool
from tests.factories import connections
from tests.factories.events import hand
from tests.suite import Suite

HANDLER = "on_business_erased_end_connections"

_WAITS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text"
_DELETE = "DELETE FROM users.public_business WHERE id = $1"


def test_nothing_of_it_is_left_and_the_others_are_told(suite: Suite) -> None:
    """Delivered twice it is done once."""
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    chidi, abuja = connections.firm(suite, "Abuja Mills")
    made = [
        connections.asked(suite, ada, kano, lagos, note="From Kano."),
        connections.asked(suite, chidi, abuja, kano),
    ]
    kept = connections.asked(suite, chidi, abuja, lagos)
    connections.stepped(suite, ada, made[1], "accept")
    suite.deliver()
    cursor = suite.call("GET /api/v1/sync", bola).data["cursor"]
    hand(suite, HANDLER, BusinessErased(business_id=kano), times=2)
    left = [str(id_) for (id_,) in suite.rows("SELECT id FROM bizconnect.connection")]
    assert left == [kept["id"]]
    told = [each["data"] for each in suite.events("ConnectionEnded")]
    assert {each["connection_id"] for each in told} == {each["id"] for each in made}
    assert {(each["reason"], each["ended_by"]) for each in told} == {("erased", str(kano))}
    text = " ".join(row[0] for row in suite.rows("SELECT body FROM platform.outbox"))
    assert "Kano Sesame" not in text
    changes = suite.call("GET /api/v1/sync", bola, query={"cursor": cursor}).data["changes"]
    assert [(each["entity_id"], each["operation"]) for each in changes] == [
        (made[0]["id"], "delete")
    ]


def test_a_request_that_races_the_end_of_the_business_leaves_nothing(suite: Suite) -> None:
    """Twenty times: whichever comes first, in the end there is no request to nobody."""
    bola, lagos = connections.firm(suite, "Lagos Mills")
    for _ in range(20):
        suite.rows("DELETE FROM platform.rate_limit")
        _, kano = connections.firm(suite)

        def end(kano: UUID = kano) -> None:
            with pool("job_users").transaction() as (db, _):
                db.done(_DELETE, str(kano))
            hand(suite, HANDLER, BusinessErased(business_id=kano))

        with ThreadPoolExecutor(2) as threads:
            asked = threads.submit(connections.ask, suite, bola, lagos, kano)
            ended = threads.submit(end)
            ended.result()
        assert asked.result().status in {201, 404}
        assert suite.value("SELECT count(*) FROM bizconnect.connection") == 0


def test_a_request_under_way_is_waited_for(suite: Suite) -> None:
    """It has seen the business and not committed: the handler comes after it, and finds it."""
    _, lagos = connections.firm(suite, "Lagos Mills")
    _, kano = connections.firm(suite)
    seen, go_on = Signal(), Signal()

    def ask() -> None:
        with pool("job_bizconnect").transaction() as (db, _):
            db.value(_LOCK, f"bizconnect:{kano}")
            seen.set()
            assert go_on.wait(10)

    with ThreadPoolExecutor(2) as threads:
        asking = threads.submit(ask)
        assert seen.wait(10)
        ended = threads.submit(hand, suite, HANDLER, BusinessErased(business_id=kano))
        while not suite.value(_WAITS):  # a handler that does not wait is done
            assert not ended.done()
        suite.rows(
            "INSERT INTO bizconnect.connection "
            "(id, requester_id, receiver_id, market, requested_at, expires_at) "
            "VALUES (gen_random_uuid(), :lagos, :kano, 'afcfta', now(), now() + interval '1 day')",
            lagos=lagos,
            kano=kano,
        )
        go_on.set()
        asking.result()
        ended.result()
    assert suite.value("SELECT count(*) FROM bizconnect.connection") == 0
