"""PostgreSQL over pg8000: a small pool, prepared statements, explicit transactions.

A statement is one write and one read on the wire once it is prepared. `BEGIN` travels with the
actor's context in one simple query and `COMMIT` in another, so a request costs two round trips
beyond its statements. A connection that fails with anything but an error of the server is
closed, never reused: pg8000 may then be one reply behind and would serve one caller another's
rows.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, TypeVar

import pg8000.native
from pg8000.converters import TIMESTAMPTZ, make_params, timestamptz_in
from pg8000.core import Context, CoreConnection
from pg8000.exceptions import DatabaseError

from shared.errors import UnavailableError
from shared.settings import settings
from shared.sqlstates import breaks_connection, is_lost, sqlstate

R = TypeVar("R")

IDLE_CHECK_SECONDS = 30
MAX_AGE_SECONDS = 900
CONNECT_SECONDS = 3.0
STALLED_SECONDS = 1.0
"""A pool that moved nothing for so long makes nobody else wait."""

PERSON_SECONDS, JOB_SECONDS = 7.0, 65.0
"""A server that is there answers sooner: its roles cut a statement after 5 and 60 seconds."""


class Connection:
    """One connection, as functions use it: statements in, typed rows out."""

    def __init__(self, wire: CoreConnection, answer_seconds: float = PERSON_SECONDS) -> None:
        """Wrap an open connection; a server that says nothing for `answer_seconds` is gone."""
        self._wire = wire
        wire.register_in_adapter(TIMESTAMPTZ, _instant)
        self._answer_seconds = answer_seconds
        self._wait_at_most(answer_seconds)
        self._prepared: dict[str, tuple[bytes, Any, Any]] = {}
        self.made_at = self.used_at = time.monotonic()
        self.broken = False
        self.lost = False
        self.committing = False
        self.outgoing: list[Any] = []
        """What is to be sent after COMMIT; from then on only what may be sent at once."""
        self.storing: list[str] = []
        """Statements that travel with COMMIT, one for each of `outgoing`, their values quoted by
        the driver: each returns whether its message may be sent at once."""
        self.closing: list[str] = []
        """Other statements that travel with COMMIT."""
        self.headers: dict[str, str] = {}
        """What the answer says beside its body, once this transaction is done."""
        self.facts: Any = None
        """What the function said for the record; `shared/audit.py` writes it down."""

    def one(self, row: Callable[..., R], sql: str, *values: object) -> R:
        """Return the only row of a statement that always has one."""
        return row(*self._run(sql, values).rows[0])

    def maybe(self, row: Callable[..., R], sql: str, *values: object) -> R | None:
        """Return the first row, or None."""
        rows = self._run(sql, values).rows
        return row(*rows[0]) if rows else None

    def rows(self, row: Callable[..., R], sql: str, *values: object) -> list[R]:
        """Return all rows; the statement bounds their number."""
        return [row(*values) for values in self._run(sql, values).rows]

    def value(self, sql: str, *values: object) -> Any:  # noqa: ANN401  # typed by the generated caller
        """Return the first column of the first row, or None."""
        rows = self._run(sql, values).rows
        return rows[0][0] if rows else None

    def done(self, sql: str, *values: object) -> int:
        """Run a statement that returns nothing; say how many rows it touched."""
        return int(self._run(sql, values).row_count)

    def script(self, sql: str) -> list[list[Any]]:
        """Run parameterless statements in one simple query; return the rows of all of them."""
        return self._guard(lambda: self._wire.execute_simple(sql)).rows or []

    def answers(self) -> bool:
        """Tell whether the server is still there; one that is takes no time to say so."""
        self._wait_at_most(CONNECT_SECONDS)
        try:
            self.script("select 1")
        except Exception:  # noqa: BLE001  # whatever failed, this connection is of no use
            return False
        self._wait_at_most(self._answer_seconds)
        return True

    def close(self) -> None:
        """Close the socket; a connection that is already gone is fine."""
        with suppress(pg8000.native.InterfaceError, OSError):
            self._wire.close()

    def _run(self, sql: str, values: Sequence[object]) -> Context:
        return self._guard(lambda: self._execute(sql, values))

    def _execute(self, sql: str, values: Sequence[object]) -> Context:
        wire = self._wire
        prepared = self._prepared.get(sql)
        if prepared is None:
            prepared = self._prepared[sql] = wire.prepare_statement(sql, ())
        name, columns, converters = prepared
        # The whole Bind message is encoded before its first byte is written, so a value that
        # cannot be encoded fails here and leaves the connection in step.
        return wire.execute_named(
            name, make_params(wire.py_types, values), columns, converters, sql
        )

    def _guard(self, work: Callable[[], Context]) -> Context:
        try:
            return work()
        except BaseException as error:
            self.broken = self.broken or breaks_connection(error)
            self.lost = self.lost or is_lost(error)
            raise

    def _wait_at_most(self, seconds: float) -> None:
        # The driver has one limit for opening a connection and for all that follows.
        self._wire._usock.settimeout(seconds)  # noqa: SLF001  # and keeps the socket to itself


class Pool:
    """At most `size` connections of one login role, the most recently used first."""

    def __init__(self, connect: Callable[[], Connection], size: int, wait_seconds: float) -> None:
        """Open nothing yet; `connect` is called when a connection is needed."""
        self._connect = connect
        self._free = threading.Semaphore(size)
        self._wait_seconds = wait_seconds
        self._idle: list[Connection] = []
        self._waiting: set[int] = set()
        self._moved_at = time.monotonic()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection that is not in a transaction.

        503 when none comes free in time; at once when others wait and nothing moves.
        """
        self._take_turn()
        try:
            lent = self._take()
            lent.committing = False
            try:
                yield lent
            except BaseException:
                self._recover(lent)
                raise
            finally:
                if lent.broken:
                    lent.close()
                    if lent.lost:
                        self.close()  # what has happened to one has happened to those beside it
                else:
                    lent.used_at = time.monotonic()
                    self._idle.append(lent)
        finally:
            self._moved_at = time.monotonic()
            self._free.release()

    @contextmanager
    def transaction(
        self, opening: str = "", before: str = ""
    ) -> Iterator[tuple[Connection, list[list[Any]]]]:
        """Run one transaction: `BEGIN` and `opening` in one trip, `COMMIT` in another.

        `before` is a transaction of its own that shares the first trip. Yields the connection and
        the rows that both returned.
        """
        first = f"begin;{before};commit;begin;{opening}" if before else f"begin;{opening}"
        with self.connection() as lent:
            lent.outgoing, lent.storing, lent.closing, lent.headers = [], [], [], {}
            lent.facts = None
            yield lent, lent.script(first)
            lent.committing = True
            told = lent.script(";".join([*lent.storing, *lent.closing, "commit"]))
            may_go = zip(lent.outgoing, told[: len(lent.outgoing)], strict=True)
            lent.outgoing[:] = [message for message, (first,) in may_go if first]

    def close(self) -> None:
        """Close what is idle."""
        while (idle := self._pop()) is not None:
            idle.close()

    def _take_turn(self) -> None:
        if self._free.acquire(blocking=False):
            self._moved_at = time.monotonic()
            return
        if self._waiting and time.monotonic() - self._moved_at > STALLED_SECONDS:
            raise UnavailableError
        me = threading.get_ident()
        self._waiting.add(me)
        try:
            if not self._free.acquire(timeout=self._wait_seconds):
                raise UnavailableError
        finally:
            self._waiting.discard(me)

    def _pop(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:  # empty, or another thread took the last one
            return None

    def _take(self) -> Connection:
        now = time.monotonic()
        while (lent := self._pop()) is not None:
            if now - lent.made_at > MAX_AGE_SECONDS:
                lent.close()
            elif now - lent.used_at < IDLE_CHECK_SECONDS or lent.answers():
                return lent
            else:
                lent.close()
                self.close()
        return self._connect()

    @staticmethod
    def _recover(lent: Connection) -> None:
        if not lent.broken:
            try:
                lent.script("rollback")
            except Exception:  # noqa: BLE001  # the first error is the one to report
                lent.broken = True


def _instant(text: str) -> datetime:
    """Read an instant as the server writes it, in a thirtieth of the time of strptime."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # infinity, and what is before our era
        found: datetime = timestamptz_in(text)
        return found


_pools: dict[str, Pool] = {}
_pools_lock = threading.Lock()


def pool(role: str) -> Pool:
    """Return this process's pool for a login role (`DB_USER` overrides it when deployed)."""
    found = _pools.get(role)
    if found is None:
        with _pools_lock:
            found = _pools.get(role)
            if found is None:
                now = settings()
                user = now.db_user or role
                seconds = JOB_SECONDS if role.startswith("job_") else PERSON_SECONDS
                found = Pool(lambda: connect(user, seconds), now.pool_size, now.pool_wait_seconds)
                _pools[role] = found
    return found


def close_pools() -> None:
    """Close every idle connection of this process."""
    for each in _pools.values():
        each.close()
    _pools.clear()


def connect(user: str, answer_seconds: float = PERSON_SECONDS) -> Connection:
    """Open a connection as `user`: Cloud SQL by its connector, else host and port.

    Raises `UnavailableError` when the server is not there, is full or does not answer.
    """
    now = settings()
    try:
        if now.db_instance:
            wire: CoreConnection = _cloud_sql(now.db_instance, user, now.db_name)
        else:
            unix = now.db_host.startswith("/")
            wire = pg8000.native.Connection(
                user,
                password=now.db_password,
                database=now.db_name,
                host=None if unix else now.db_host,
                port=now.db_port,
                unix_sock=f"{now.db_host}/.s.PGSQL.{now.db_port}" if unix else None,
                timeout=CONNECT_SECONDS,
                # No socket file speaks TLS; to offer it, the driver reads every authority first:
                # four fifths of what a connection costs.
                ssl_context=False if unix else None,
                application_name="pushnchat",
            )
    except (OSError, pg8000.native.InterfaceError, DatabaseError) as error:
        if sqlstate(error) in {"28P01", "28000", "3D000"}:
            raise
        raise UnavailableError from error
    return Connection(wire, answer_seconds)


def _cloud_sql(instance: str, user: str, database: str) -> CoreConnection:
    from shared.cloud import sql  # noqa: PLC0415  # the connector costs a second of cold start

    return sql.connect(instance, user, database)
