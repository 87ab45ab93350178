"""Sign-ins that listen to Firestore and do nothing else: Firebase's custom tokens.

An app hands one over at Firebase's own door, and Firestore's rules know it by its claim. Production
signs by the service account, whose key no function holds. On a development machine it is unsigned,
as Firebase's emulator takes it.
"""

import base64
import json
import time
from collections.abc import Mapping
from datetime import datetime

from shared.cloud.breaker import Breaker
from shared.errors import UnavailableError
from shared.settings import settings

CLAIM = "listens_until"
"""When it ends, in seconds since 1970; a session that began with it says so in each of its tokens.

Whoever calls our API with such a token is refused (`shared/tokens.py`).
"""

_AUDIENCE = (
    "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit"
)
_EMULATED = "firebase-auth-emulator@example.com"
_LASTS_SECONDS = 3_600
"""A custom token is taken for an hour at most."""

_breaker = Breaker("IAM")


class SigningError(UnavailableError):
    """Nobody signed."""


def listening(uid: str, until: datetime) -> str:
    """Return a token that signs an app in as `uid`, to listen until an instant."""
    now = settings()
    claims = {CLAIM: int(until.timestamp())}
    return _signed(uid, claims) if now.production else _unsigned(uid, claims)


def _signed(uid: str, claims: Mapping[str, int]) -> str:
    from firebase_admin.exceptions import FirebaseError  # noqa: PLC0415  # a second of cold start
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415  # see above

    from shared.cloud import firebase  # noqa: PLC0415  # see above

    with _breaker.watch(SigningError):
        try:
            made: bytes = firebase.auth().create_custom_token(uid, dict(claims))
        except (FirebaseError, GoogleAuthError, ValueError) as error:
            raise SigningError from error
    return made.decode()


def _unsigned(uid: str, claims: Mapping[str, int]) -> str:
    now = int(time.time())
    said = {
        "iss": _EMULATED,
        "sub": _EMULATED,
        "aud": _AUDIENCE,
        "uid": uid,
        "iat": now,
        "exp": now + _LASTS_SECONDS,
        "claims": dict(claims),
    }
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(said)}."


def _part(value: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
