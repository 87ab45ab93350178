"""The driver's traps: replies out of step, exhausted pools, lost connections."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from pg8000.exceptions import DatabaseError, InterfaceError

from local import postgres
from shared import db as database
from shared.db import Connection, Pool, connect, pool
from shared.errors import ApiError, UnavailableError
from shared.sqlstates import as_refusal, constraint, may_run_again, sqlstate
from tests.running import soon
from tests.suite import Suite


class _Row(NamedTuple):
    value: str


@pytest.fixture
def small(suite: Suite) -> Iterator[Pool]:
    """Return a pool of one connection, so that what one request spoils the next would see."""
    made = Pool(lambda: connect("svc_platform"), 1, 0.2)
    yield made
    made.close()


def _echo(lent: Connection, text: str) -> str:
    return lent.one(_Row, "SELECT CAST($1 AS text)", text).value


@pytest.mark.parametrize("poisons", [1, 4, 12])
def test_p13_a_value_that_cannot_be_encoded_never_shifts_replies(small: Pool, poisons: int) -> None:
    """After a lone surrogate every later caller still gets his own row."""
    for _ in range(poisons):
        with pytest.raises(UnicodeEncodeError), small.connection() as lent:
            _echo(lent, "\ud800")
    for number in range(24):
        with small.connection() as lent:
            assert _echo(lent, f"mine {number}") == f"mine {number}"


def test_p13_an_answer_that_cannot_be_read_closes_the_connection(small: Pool) -> None:
    """`time '24:00'` breaks the driver half way through a reply."""
    with pytest.raises(ValueError, match="24:00"), small.connection() as lent:
        lent.rows(_Row, "SELECT time '24:00' FROM generate_series(1, 5)")
    assert lent.broken
    with small.connection() as fresh:
        assert fresh is not lent
        assert _echo(fresh, "mine") == "mine"


@pytest.mark.parametrize(
    "instant",
    ["2026-11-27 09:00:00+00", "2026-11-27 09:00:00.1+00", "9999-12-31 23:59:59.999999+00"],
)
def test_an_instant_is_read_whole(small: Pool, instant: str) -> None:
    with small.connection() as lent:
        read = lent.value("SELECT CAST($1 AS timestamptz)", instant)
        assert read == datetime.fromisoformat(instant)
        assert read.tzinfo is UTC


def test_an_instant_beyond_all_years_is_read_as_it_is_written(small: Pool) -> None:
    with small.connection() as lent:
        for instant in ("infinity", "-infinity", "0044-03-15 00:00:00+00 BC"):
            assert lent.value("SELECT CAST($1 AS timestamptz)", instant) == instant


def test_an_error_of_the_server_keeps_the_connection(small: Pool) -> None:
    """A SQLSTATE means the replies are in step."""
    with pytest.raises(DatabaseError) as caught, small.connection() as lent:
        lent.value("SELECT 1 / CAST($1 AS int)", 0)
    assert sqlstate(caught.value) == "22012"
    with small.connection() as again:
        assert again is lent
        assert _echo(again, "mine") == "mine"


def test_a_failed_transaction_leaves_nothing(small: Pool) -> None:
    """Neither rows nor an open transaction."""
    with pytest.raises(ZeroDivisionError), small.transaction() as (lent, _):
        lent.done(
            "INSERT INTO platform.outbox (id, kind, topic, type, body) "
            "VALUES (gen_random_uuid(), 'event', 'x', $1, '{}')",
            "X",
        )
        raise ZeroDivisionError
    with small.connection() as lent:
        assert lent.value("SELECT count(*) FROM platform.outbox") == 0
        assert lent.script("SELECT pg_current_xact_id_if_assigned()") == [[None]]


def test_p16_an_exhausted_pool_says_so(small: Pool) -> None:
    """The fourth waits, then hears 503 with Retry-After; afterwards all is well."""
    with small.connection(), pytest.raises(UnavailableError) as caught, small.connection():
        pass
    assert caught.value.headers["Retry-After"] in {"1", "2", "3"}
    with small.connection() as lent:
        assert _echo(lent, "mine") == "mine"


def test_p16_where_nothing_moves_one_waits_and_the_others_are_refused_at_once(suite: Suite) -> None:
    """A pool that is merely busy lets them wait, and all are served."""
    busy = Pool(lambda: connect("svc_platform"), 1, 600)

    def ask(text: str) -> str:
        with busy.connection() as lent:
            return _echo(lent, text)

    with ThreadPoolExecutor(3) as crew:
        with busy.connection():
            waiting = [crew.submit(ask, "one")]
            assert soon(lambda: len(busy._waiting) == 1)
            busy._moved_at = time.monotonic() + 600
            waiting.append(crew.submit(ask, "two"))
            assert soon(lambda: len(busy._waiting) == 2)
            busy._moved_at = time.monotonic() - 2 * database.STALLED_SECONDS
            with pytest.raises(UnavailableError):
                ask("three")
            assert len(busy._waiting) == 2
        assert [each.result() for each in waiting] == ["one", "two"]
    assert ask("four") == "four"
    busy.close()


def test_p16_a_lost_connection_takes_those_beside_it_along(suite: Suite) -> None:
    """Whatever closed one has closed all; a poisoned value has closed only its own."""
    made = Pool(lambda: connect("svc_platform"), 3, 5)
    with made.connection(), made.connection() as second, made.connection():
        mine = second.value("SELECT pg_backend_pid()")
    with pytest.raises(UnicodeEncodeError), made.connection() as first:
        _echo(first, "\ud800")
    assert len(made._idle) == 2
    suite.rows("SELECT pg_terminate_backend(:pid)", pid=mine)
    with pytest.raises((DatabaseError, InterfaceError, OSError)), made.connection() as lent:
        assert lent is second
        _echo(lent, "mine")
    assert made._idle == []
    made.close()


def test_p16_a_connection_that_has_committed_may_be_lost_again(small: Pool) -> None:
    """What its last borrower did says nothing about the next one's."""
    with small.transaction() as (lent, _):
        _echo(lent, "mine")
    assert lent.committing
    with small.connection() as again:
        assert again is lent
        assert not again.committing


def test_threads_share_a_pool(suite: Suite) -> None:
    """Sixteen threads on three connections: each gets its own answers."""
    shared = Pool(lambda: connect("svc_platform"), 3, 30)

    def work(number: int) -> bool:
        for turn in range(50):
            with shared.transaction() as (lent, _):
                if _echo(lent, f"{number}/{turn}") != f"{number}/{turn}":
                    return False
        return True

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(work, range(16)))
    assert len(shared._idle) <= 3
    shared.close()


def test_p8_the_actor_does_not_outlive_his_transaction(suite: Suite) -> None:
    """After every transaction the context is empty, on the same connection."""
    shared = Pool(lambda: connect("svc_platform"), 2, 30)

    def work(number: int) -> list[str]:
        left = []
        for _ in range(30):
            with shared.transaction(f"select set_config('app.user_id', '{number}', true)") as (
                lent,
                _,
            ):
                left.append(str(lent.value("SELECT current_setting('app.user_id')")))
            with shared.connection() as lent:
                left.append(lent.script("SELECT current_setting('app.user_id', true)")[0][0] or "")
        return left

    with ThreadPoolExecutor(8) as threads:
        for number, left in enumerate(threads.map(work, range(8))):
            assert left == [str(number), ""] * 30
    shared.close()


def test_p16_a_restart_of_postgresql_costs_nothing_but_time(
    suite: Suite, server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections that the server closed are found out and replaced."""
    monkeypatch.setattr(database, "IDLE_CHECK_SECONDS", 0)
    shared = Pool(lambda: connect("svc_platform"), 2, 5)
    with shared.connection() as lent:
        assert _echo(lent, "before") == "before"
        mine = lent.value("SELECT pg_backend_pid()")
    suite.rows("SELECT pg_terminate_backend(:pid)", pid=mine)
    with shared.connection() as fresh:
        assert _echo(fresh, "after") == "after"
    shared.close()


def test_what_may_run_again() -> None:
    """A deadlock and a lost connection may; a commit under way and a bad value may not."""

    def error(state: str) -> Exception:
        made: Exception = DatabaseError({"C": state})
        return made

    assert may_run_again(error("40P01"), committing=True)
    assert may_run_again(error("40001"), committing=True)
    assert not may_run_again(error("23505"), committing=False)
    for lost in (OSError(), error("57P01"), error("08006")):
        assert may_run_again(lost, committing=False)
        assert not may_run_again(lost, committing=True)
    assert not may_run_again(ValueError(), committing=False)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("40001", 503),
        ("53300", 503),
        ("53100", 503),
        ("25P03", 503),
        ("57014", 503),
        ("08006", 503),
        ("55P03", 409),
        ("22021", 400),
        ("42501", 403),
        ("23505", 409),
        ("23514", 409),
        ("22003", 400),
    ],
)
def test_errors_of_the_database_as_refusals(state: str, status: int) -> None:
    """By SQLSTATE, since the driver's classes say nothing."""
    refusal = as_refusal(DatabaseError({"C": state}))
    assert isinstance(refusal, ApiError)
    assert refusal.status == status


def test_other_errors_stay_what_they_are() -> None:
    """A bug is a 500."""
    bug = ValueError()
    assert as_refusal(bug) is bug
    mistyped = DatabaseError({"C": "42601"})
    assert as_refusal(mistyped) is mistyped
    assert constraint(DatabaseError({"C": "23505", "n": "business_slug"})) == "business_slug"
    assert isinstance(as_refusal(OSError()), UnavailableError)


def test_limits_of_time_are_set(suite: Suite) -> None:
    """A runaway statement is cut, and nobody holds a transaction open."""
    with pool("svc_listings").connection() as lent:
        found = {
            name: lent.script(f"SHOW {name}")[0][0]
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        }
    assert found == {
        "statement_timeout": "5s",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "10s",
    }


def test_durability_is_not_traded(suite: Suite) -> None:
    """By no role and no connection; `tests/local/test_postgres.py` looks at the server."""
    with pool("svc_users").connection() as lent:
        assert lent.value("SHOW synchronous_commit") == "on"
    traded = "SELECT count(*) FROM pg_db_role_setting WHERE setconfig::text ~ 'commit|fsync|page_'"
    assert suite.value(traded) == 0


def test_two_pools_one_lock(suite: Suite) -> None:
    """Asking for a pool from many threads makes one."""
    barrier = threading.Barrier(8)

    def work(_: int) -> int:
        barrier.wait()
        return id(pool("svc_search"))

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(work, range(8)))) == 1
