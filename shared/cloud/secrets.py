"""Secret Manager: the newest version of a secret and the one before it, kept for some minutes.

Whoever signs uses the newest, whoever verifies takes both, and whoever is refused with what is kept
asks again at once: so a rotation needs no restart. A secret that was read once is used on when
Secret Manager does not answer.
"""

import base64
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from shared import log
from shared.cloud.breaker import Breaker
from shared.errors import UnavailableError
from shared.settings import settings

DEADLINE_SECONDS = 5
KEPT_SECONDS = 300.0
DOUBTED_SECONDS = 5.0
"""What is no older than this is not fetched anew, whatever came of it."""

_HOST = "https://secretmanager.googleapis.com"
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_NO_VERSION = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}
"""What is said of a version that is disabled, destroyed or never was."""


class SecretError(RuntimeError):
    """The secret is not there, or this service account may not read it."""


@dataclass(frozen=True, slots=True)
class _Kept:
    versions: tuple[bytes, ...]
    at: float

    def is_younger_than(self, seconds: float) -> bool:
        return time.monotonic() - self.at < seconds


_breaker = Breaker("Secret Manager")
_lock = threading.Lock()
_kept: dict[str, _Kept] = {}


def versions(name: str, *, at_most_seconds: float = KEPT_SECONDS) -> tuple[bytes, ...]:
    """Return the newest version of a secret, then the one before while it is enabled.

    They were fetched at most `at_most_seconds` ago, or Secret Manager does not answer now. Raises
    `SecretError`, or `UnavailableError` when it never answered.
    """
    kept = _kept.get(name)
    if kept is None or not kept.is_younger_than(at_most_seconds):
        with _lock:
            kept = _kept.get(name)  # another thread may have fetched it meanwhile
            if kept is None or not kept.is_younger_than(at_most_seconds):
                kept = _kept[name] = _renewed(name, kept)
    return kept.versions


def forget() -> None:
    """Drop what is kept."""
    _kept.clear()
    _breaker.reset()


def _renewed(name: str, kept: _Kept | None) -> _Kept:
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415  # a tenth of a second

    try:
        with _breaker.watch(OSError, GoogleAuthError):
            return _Kept(_fetch(name), time.monotonic())
    except (OSError, GoogleAuthError, UnavailableError) as error:
        log.write("ERROR", "Secret Manager does not answer", error=log.described(error))
        if kept is None:
            raise UnavailableError from error
        return kept  # yesterday's secret beats refusing everybody


def _fetch(name: str) -> tuple[bytes, ...]:
    import google.auth  # noqa: PLC0415  # see above
    from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415  # see above

    credentials, _ = google.auth.default(scopes=_SCOPES)
    make: Any = AuthorizedSession  # it has no annotations
    with make(credentials, refresh_timeout=DEADLINE_SECONDS) as session:
        newest = _access(session, name, "latest")
        if newest is None:
            raise SecretError(f"secret {name} of {settings().project} has no enabled version")
        number = int(newest["name"].rpartition("/")[2])
        before = _access(session, name, str(number - 1)) if number > 1 else None
    return tuple(
        base64.b64decode(each["payload"]["data"]) for each in (newest, before) if each is not None
    )


def _access(session: Any, name: str, version: str) -> dict[str, Any] | None:  # noqa: ANN401  # untyped
    path = f"/v1/projects/{settings().project}/secrets/{name}/versions/{version}:access"
    answer = session.get(_HOST + path, timeout=DEADLINE_SECONDS, max_allowed_time=DEADLINE_SECONDS)
    if answer.status_code in _NO_VERSION:
        return None
    if answer.status_code == HTTPStatus.OK:
        found: dict[str, Any] = answer.json()
        return found
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ConnectionError(f"Secret Manager answered {answer.status_code}")
    raise SecretError(
        f"Secret Manager answered {answer.status_code} to a reader of secret {name}: "
        "the service account needs roles/secretmanager.secretAccessor on it"
    )
