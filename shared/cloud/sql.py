"""Cloud SQL: Google's connector, made inside a request because it starts threads.

It opens its sockets in its event loop and sets them no limit (1.23), so a database that says
nothing would stop the loop and everybody who waits for it. Hence the loop is ours: who has waited
for `DEADLINE_SECONDS` leaves it behind, and the next request makes another.
"""

import asyncio
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pg8000.core import CoreConnection
from pg8000.exceptions import DatabaseError, InterfaceError

from shared import log
from shared.cloud import secrets
from shared.cloud.breaker import Breaker
from shared.errors import UnavailableError
from shared.settings import settings
from shared.sqlstates import sqlstate

DEADLINE_SECONDS = 8.0
"""For the two calls of the Admin API and the first key pair too, which a cold start has to make."""


class CloudSqlError(RuntimeError):
    """Cloud SQL refuses this service account, or the instance is not as it must be."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A connector and the loop that it works in, on a thread of its own."""

    connector: Any
    loop: asyncio.AbstractEventLoop

    def connect(self, instance: str, **given: Any) -> CoreConnection:  # noqa: ANN401  # the driver's
        work = self.connector.connect_async(instance, "pg8000", **given)
        waiting = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return waiting.result(DEADLINE_SECONDS)
        except TimeoutError:
            waiting.cancel()
            raise

    def leave(self) -> None:
        """Stop the loop as soon as it comes out of what it is stuck in."""
        self.loop.call_soon_threadsafe(self.loop.stop)


_lock = threading.Lock()
_breaker = Breaker("Cloud SQL")
_line: _Line | None = None


def connect(instance: str, user: str, database: str) -> CoreConnection:
    """Open a connection to `instance` over its private address.

    The password in the secret `DB_PASSWORD_SECRET` signs `user` in, or `DB_PASSWORD`, or IAM.
    Raises what PostgreSQL says; `UnavailableError` when nobody answers, `CloudSqlError` when
    Google refuses.
    """
    name, password = settings().db_password_secret, settings().db_password
    if not name:
        way = {"password": password} if password else {"enable_iam_auth": True}
        return _open(instance, user=user, db=database, **way)
    known = secrets.versions(name)
    try:
        return _open(instance, user=user, db=database, password=known[0].decode())
    except DatabaseError as error:
        if sqlstate(error) != "28P01":  # the password is wrong
            raise
        renewed = secrets.versions(name, at_most_seconds=secrets.DOUBTED_SECONDS)
        if renewed == known:
            raise
        return _open(instance, user=user, db=database, password=renewed[0].decode())


def _open(instance: str, **given: Any) -> CoreConnection:  # noqa: ANN401  # the driver's
    from aiohttp import ClientError, ClientResponseError  # noqa: PLC0415  # the connector's own
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415  # see above

    line = None
    try:
        with _breaker.watch(OSError, GoogleAuthError, InterfaceError):
            line = _made()
            return line.connect(instance, application_name="pushnchat", **given)
    except ClientResponseError as error:
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _silent(instance, given["user"], error) from error
        raise CloudSqlError(
            f"Cloud SQL's API answered {error.status} for {instance}, role {given['user']}: "
            "the service account needs roles/cloudsql.client, the project sqladmin.googleapis.com"
        ) from error
    except (OSError, ClientError, GoogleAuthError, UnavailableError, InterfaceError) as error:
        if isinstance(error, TimeoutError) and line is not None:
            _forget(line)
        raise _silent(instance, given["user"], error) from error
    except DatabaseError:
        raise
    except Exception as error:
        raise CloudSqlError(
            f"{instance} cannot serve role {given['user']}: {type(error).__name__}; it must be "
            "PostgreSQL in the region that its name says, with a private address"
        ) from error


def _silent(instance: str, role: str, error: Exception) -> UnavailableError:
    described = log.described(error)
    log.write("ERROR", "Cloud SQL does not answer", instance=instance, role=role, error=described)
    return UnavailableError()


def _made() -> _Line:
    """Return this process's connector, which is made once; nobody waits for it any longer."""
    global _line  # noqa: PLW0603  # one a process, made under the lock
    if not _lock.acquire(timeout=DEADLINE_SECONDS):
        raise TimeoutError
    try:
        if _line is None:
            from google.cloud.sql.connector import Connector  # noqa: PLC0415  # a second of cold start

            loop = asyncio.new_event_loop()
            connector = Connector(refresh_strategy="lazy", ip_type="PRIVATE", loop=loop)
            threading.Thread(target=loop.run_forever, daemon=True, name="cloud-sql").start()
            _line = _Line(connector, loop)
        return _line
    finally:
        _lock.release()


def _forget(line: _Line) -> None:
    global _line  # noqa: PLW0603  # see above
    with _lock:
        if _line is line:
            _line = None
            line.leave()
