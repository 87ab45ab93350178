"""Firebase Authentication, as far as accounts need it: what tokens say, and which are refused.

Production uses firebase-admin. `IDENTITY_URL` points the same calls, in Identity Toolkit's own
REST form, at a development machine. With neither, nothing is told to anybody. A sign-in that was
deleted meanwhile has no tokens left to tell: that is no failure.

Nobody is disabled from here. Whether an account may act is a column that the edge reads with each
request, and whoever waits to be erased must be able to sign in once more and think again. Whom an
operator disables at the provider does nothing sensitive any more, and gets no new token.
"""

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.cloud import wire
from shared.cloud.breaker import Breaker
from shared.settings import settings

DEADLINE_SECONDS = 5
_OK = 200
_breaker = Breaker("The identity provider")


class IdentityError(RuntimeError):
    """The identity provider did not do what it was asked."""


class SilentError(IdentityError):
    """The identity provider did not answer in time, or at all."""


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
        found = _by_rest(now.identity_url, "lookup", {"localId": [uid]})
        users: list[dict[str, Any]] = found.get("users", []) if found else []
        return _standing(users[0] if users else None)
    return _standing_by_google(uid) if now.production else None


def set_claims(uid: str, claims: Mapping[str, Any]) -> bool:
    """Have every new token of `uid` carry `claims`; False when nobody was told."""
    now = settings()
    if now.identity_url:
        change = {"localId": uid, "customAttributes": json.dumps(claims)}
        return _by_rest(now.identity_url, "update", change) is not None
    return now.production and _by_google(
        lambda auth: auth.set_custom_user_claims(uid, dict(claims))
    )


def revoke_refresh_tokens(uid: str, signed_in_before: datetime) -> bool:
    """Refuse to refresh what was signed in before an instant; False when nobody was told.

    The instant is given, not taken now, so that a late delivery spares who has signed in again.
    """
    now = settings()
    seconds = int(signed_in_before.timestamp())
    if now.identity_url:
        change = {"localId": uid, "validSince": str(seconds)}
        return _by_rest(now.identity_url, "update", change) is not None
    return now.production and _by_google(lambda auth: auth.update_user(uid, valid_since=seconds))


def delete_user(uid: str) -> bool:
    """Have the provider forget a sign-in, its number and its mail; False when nobody was told."""
    now = settings()
    if now.identity_url:
        return _by_rest(now.identity_url, "delete", {"localId": uid}) is not None
    return now.production and _by_google(lambda auth: auth.delete_user(uid))


def _by_rest(url: str, verb: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the provider answers; None when it has no such sign-in."""
    path = f"/identitytoolkit.googleapis.com/v1/projects/{settings().project}/accounts:{verb}"
    headers = {"Content-Type": "application/json", "Authorization": "Bearer owner"}
    with _breaker.watch(SilentError):
        try:
            said = json.dumps(body).encode()
            answer = wire.request(url, "POST", path, headers, said, DEADLINE_SECONDS)
        except (OSError, http.client.HTTPException) as error:
            raise SilentError("the identity provider cannot be reached") from error
        text = answer.body.decode("utf-8", "replace")
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
    known = _by_google(lambda auth: found.append(auth.get_user(uid)))
    # The record publishes no second factors, but holds the provider's whole answer.
    return _standing(found[0]._data if known else None)  # noqa: SLF001  # see above


def _by_google(call: Callable[[Any], object]) -> bool:
    from firebase_admin.auth import UserNotFoundError  # noqa: PLC0415  # a second of cold start
    from firebase_admin.exceptions import FirebaseError  # noqa: PLC0415  # see above
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415  # see above

    from shared.cloud import firebase  # noqa: PLC0415  # see above

    with _breaker.watch(SilentError):
        try:
            call(firebase.auth())
        except UserNotFoundError:
            return False
        except FirebaseError as error:
            if error.http_response is None:
                raise SilentError("the identity provider cannot be reached") from error
            raise IdentityError(f"the identity provider refused: {error.code}") from error
        except GoogleAuthError as error:
            raise IdentityError("there is nobody to ask the identity provider as") from error
        return True
