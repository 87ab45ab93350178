"""How migrations connect: in a hurry for locks, one migrator at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url

LOCK_WAIT = "500ms"
"""Whoever comes after a migration that waits for a lock waits with it: readers and writers too."""

_ONE_AT_A_TIME = 7_318_402


def engine(url: str) -> Engine:
    """Return an engine without a pool, whose connections give up a lock in time."""
    # As in shared/db.py: to offer TLS to a socket file costs more than all the rest.
    options = {"ssl_context": False} if "unix_sock" in make_url(url).query else {}
    made = create_engine(url, poolclass=NullPool, connect_args=options)

    @event.listens_for(made, "connect")
    def hurry(connection: Any, _: object) -> None:  # noqa: ANN401  # the driver's
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = '{LOCK_WAIT}'")
        connection.commit()

    return made


@contextmanager
def alone(url: str) -> Iterator[Connection]:
    """Connect, while no other migrator is at work. One that was killed may still be, for a moment.

    Raises what PostgreSQL says (55P03) when another is.
    """
    made = engine(url)
    with made.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_ONE_AT_A_TIME})")
        connection.commit()
        yield connection
    made.dispose()
