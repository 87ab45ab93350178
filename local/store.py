"""What the local cloud keeps in PostgreSQL, and the one way in which it is asked."""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pg8000.native
from pg8000.exceptions import DatabaseError, InterfaceError

from local.postgres import Server, superuser_connection
from shared.settings import Settings

ROLE = "local_cloud"

Row = dict[str, Any]

_SCHEMA = Path(__file__).with_suffix(".sql")


def prepare(server: Server, database: str, password: str) -> None:
    """Make the schema `local` and the role that owns it."""
    db = superuser_connection(server, database)
    try:
        db.run(_SCHEMA.read_text())
        db.run(f"ALTER ROLE {ROLE} PASSWORD {pg8000.native.literal(password)}")
    finally:
        db.close()


class Store:
    """A few connections, each statement its own transaction."""

    def __init__(self, connect: Callable[[], pg8000.native.Connection], size: int) -> None:
        """Open nothing yet."""
        self._connect = connect
        self._idle: queue.LifoQueue[pg8000.native.Connection | None] = queue.LifoQueue()
        for _ in range(size):
            self._idle.put(None)

    @classmethod
    def of(cls, settings: Settings, size: int, *, durable: bool = True) -> "Store":
        """Return the store of the database that the functions use.

        Where it is not `durable`, a crash may forget the last moments, but never tears them.
        """

        def connect() -> pg8000.native.Connection:
            socket = f"{settings.db_host}/.s.PGSQL.{settings.db_port}"
            db = pg8000.native.Connection(
                ROLE,
                password=settings.db_password,
                database=settings.db_name,
                unix_sock=socket,
                ssl_context=False,
                timeout=30,
                application_name="local cloud",
            )
            if not durable:
                db.run("SET synchronous_commit = off")
            return db

        return cls(connect, size)

    def rows(self, sql: str, **values: object) -> list[Row]:
        """Run one statement; each row maps column to value."""
        for last in (False, True):
            try:
                with self._lent() as db:
                    found = db.run(sql, **values) or []
                    return [dict(zip(_names(db), row, strict=True)) for row in found]
            except (InterfaceError, OSError):
                # All that is stored here is delivered at least once, so once more does no harm.
                if last:
                    raise
        raise AssertionError

    def value(self, sql: str, **values: object) -> Any:  # noqa: ANN401  # any column
        """Return the first column of the first row, or None."""
        found = self.rows(sql, **values)
        return next(iter(found[0].values())) if found else None

    def close(self) -> None:
        """Close what is idle."""
        for db in [self._idle.get() for _ in range(self._idle.qsize())]:
            _close(db)
            self._idle.put(None)

    @contextmanager
    def _lent(self) -> Iterator[pg8000.native.Connection]:
        db = self._idle.get()
        try:
            if db is None:
                db = self._connect()
            yield db
        except DatabaseError:
            raise
        except BaseException:
            _close(db)
            db = None
            raise
        finally:
            self._idle.put(db)


def _close(db: pg8000.native.Connection | None) -> None:
    with suppress(InterfaceError, OSError):
        if db is not None:
            db.close()


def _names(db: pg8000.native.Connection) -> list[str]:
    return [column["name"] for column in db.columns or []]
