"""Firebase Authentication, as far as accounts need it: what tokens say, and which are refused.

Production uses firebase-admin. `IDENTITY_URL` points the same calls, in Identity Toolkit's own
REST form, at a development machine. With neither, nothing is told to anybody. A sign-in that was
deleted meanwhile has no tokens left to tell: that is no failure.
"""

import http.client
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from shared.settings import settings

DEADLINE_SECONDS = 5
_OK = 200
_lock = threading.Lock()


class IdentityError(RuntimeError):
    """The identity provider did not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the provider says of a sign-in now, whatever its tokens said when they were made."""

    gone: bool = False
    disabled: bool = False
    valid_since: datetime | None = None
    has_second_factor: bool = False


def standing(uid: str) -> Standing | None:
    """Ask how a sign-in stands; None when there is no provider. Raises `IdentityError`."""
    now = settings()
    if now.identity_url:
        path = f"/identitytoolkit.googleapis.com/v1/projects/{now.project}/accounts:lookup"
        found = _post(now.identity_url, path, {"localId": [uid]})
        users: list[dict[str, Any]] = found.get("users", []) if found else []
        return _standing(users[0] if users else None)
    return _standing_by_google(uid) if now.production else None


def set_claims(uid: str, claims: Mapping[str, Any]) -> bool:
    """Have every new token of `uid` carry `claims`; False when nobody was told."""
    now = settings()
    if now.identity_url:
        return _by_rest(now.identity_url, "update", uid, customAttributes=json.dumps(claims))
    return now.production and _by_google(
        lambda auth: auth.set_custom_user_claims(uid, dict(claims), app=_app())
    )


def revoke_refresh_tokens(uid: str, signed_in_before: datetime) -> bool:
    """Refuse to refresh what was signed in before an instant; False when nobody was told.

    The instant is given, not taken now, so that a late delivery spares who has signed in again.
    """
    now = settings()
    seconds = int(signed_in_before.timestamp())
    if now.identity_url:
        return _by_rest(now.identity_url, "update", uid, validSince=str(seconds))
    return now.production and _by_google(
        lambda auth: auth.update_user(uid, valid_since=seconds, app=_app())
    )


def delete_user(uid: str) -> bool:
    """Have the provider forget a sign-in, its number and its mail; False when nobody was told."""
    now = settings()
    if now.identity_url:
        return _by_rest(now.identity_url, "delete", uid)
    return now.production and _by_google(lambda auth: auth.delete_user(uid, app=_app()))


def _by_rest(url: str, verb: str, uid: str, **change: str) -> bool:
    path = f"/identitytoolkit.googleapis.com/v1/projects/{settings().project}/accounts:{verb}"
    return _post(url, path, {"localId": uid, **change}) is not None


def _post(url: str, path: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the provider answers; None when it has no such sign-in."""
    host = urlsplit(url).netloc
    wire = http.client.HTTPConnection(host, timeout=DEADLINE_SECONDS)
    headers = {"Content-Type": "application/json", "Authorization": "Bearer owner"}
    try:
        wire.request("POST", path, json.dumps(body), headers)
        answer = wire.getresponse()
        text = answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise IdentityError("the identity provider cannot be reached") from error
    finally:
        wire.close()
    if answer.status == _OK:
        found: dict[str, Any] = json.loads(text)
        return found
    if "USER_NOT_FOUND" in text:
        return None
    raise IdentityError(f"{path} answered {answer.status}")


def _standing(user: Mapping[str, Any] | None) -> Standing:
    if user is None:
        return Standing(gone=True)
    since = user.get("validSince")
    return Standing(
        disabled=bool(user.get("disabled")),
        valid_since=datetime.fromtimestamp(int(since), UTC) if since else None,
        has_second_factor=bool(user.get("mfaInfo")),
    )


def _standing_by_google(uid: str) -> Standing:
    found: list[Any] = []
    known = _by_google(lambda auth: found.append(auth.get_user(uid, app=_app())))
    # The record publishes no second factors, but holds the provider's whole answer.
    return _standing(found[0]._data if known else None)  # noqa: SLF001  # see above


def _by_google(call: Callable[[Any], object]) -> bool:
    from firebase_admin import auth  # noqa: PLC0415  # a second of cold start
    from firebase_admin.exceptions import FirebaseError  # noqa: PLC0415  # see above

    try:
        call(auth)
    except auth.UserNotFoundError:
        return False
    except FirebaseError as error:
        raise IdentityError(f"the identity provider refused: {error.code}") from error
    return True


def _app() -> Any:  # noqa: ANN401  # firebase-admin publishes no types
    with _lock:
        return _only_app()


@cache
def _only_app() -> Any:  # noqa: ANN401  # see above
    import firebase_admin  # noqa: PLC0415  # see above

    options = {"projectId": settings().project, "httpTimeout": DEADLINE_SECONDS}
    return firebase_admin.initialize_app(options=options, name="pushnchat")
