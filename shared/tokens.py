"""Verifying tokens: Firebase ID tokens of people, OIDC tokens of Google's own callers.

Source of the rules: "Verify ID tokens using a third-party JWT library" (Firebase) and RFC 8725.
The same code verifies everywhere; on a development machine only the address of the keys differs.
"""

import base64
import binascii
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.errors import ForbiddenError, UnauthenticatedError, UnavailableError
from shared.settings import settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

SKEW_SECONDS = 10
LONGEST_TOKEN = 8_192
LONGEST_SUBJECT = 128
CACHED_TOKENS = 1_000
KEYS_REFRESH_SECONDS = 3_600
UNKNOWN_KEY_REFRESH_SECONDS = 30
LAST_INSTANT = 2**33
"""In seconds since 1970, in the year 2242."""

_GOOGLE_ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified Firebase ID token says. Roles in it are a cache and are not read."""

    uid: str
    expires_at: int
    signed_in_at: int
    email: str | None = None
    phone: str | None = None
    second_factor: str | None = None


@dataclass
class _Keys:
    """The public keys of one issuer by key id, fetched when needed."""

    by_id: dict[str, "RSAPublicKey"] = field(default_factory=dict)
    fetched_at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key_id: str, url: str) -> "RSAPublicKey | None":
        """Return a key; fetch again when it is unknown (rotation) or the set is old."""
        now = time.monotonic()
        age = now - self.fetched_at
        known = key_id in self.by_id
        if age > KEYS_REFRESH_SECONDS or (not known and age > UNKNOWN_KEY_REFRESH_SECONDS):
            with self.lock:
                if now - self.fetched_at > UNKNOWN_KEY_REFRESH_SECONDS:
                    self._fetch(url)
        return self.by_id.get(key_id)

    def _fetch(self, url: str) -> None:
        from urllib.request import urlopen  # noqa: PLC0415  # only a cold start needs it

        from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

        try:
            with urlopen(url, timeout=5) as answer:  # noqa: S310  # the address is configuration
                certificates = json.load(answer)
        except (OSError, ValueError) as error:
            if self.by_id:
                return  # yesterday's keys beat refusing everybody
            raise UnavailableError from error
        self.by_id = {
            key_id: load_pem_x509_certificate(pem.encode()).public_key()  # type: ignore[misc]
            for key_id, pem in certificates.items()
        }
        self.fetched_at = time.monotonic()


_people = _Keys()
_callers = _Keys()
_verified: OrderedDict[str, Claims] = OrderedDict()
_verified_lock = threading.Lock()


def forget() -> None:
    """Drop every cached key and token (tests that rotate keys)."""
    with _verified_lock:
        _verified.clear()
    for keys in (_people, _callers):
        keys.by_id, keys.fetched_at = {}, float("-inf")


def verify(token: str) -> Claims:
    """Return the claims of a Firebase ID token, or raise `UnauthenticatedError`."""
    now = time.time()
    with _verified_lock:
        claims = _verified.get(token)
        if claims is not None:
            if claims.expires_at > now:
                _verified.move_to_end(token)
                return claims
            del _verified[token]
    claims = _claims(_payload(token, _people, settings().token_keys_url), now)
    with _verified_lock:
        _verified[token] = claims
        while len(_verified) > CACHED_TOKENS:
            _verified.popitem(last=False)
    return claims


def verify_caller(token: str, account: str, function: str) -> None:
    """Demand an OIDC token that an account (`push`, `tasks`, `scheduler`) got for a function.

    Behind Cloud Run's IAM check the signature arrives removed and IAM has verified it already;
    the e-mail is then the second gate. Anywhere else the signature is verified here.
    """
    now = settings()
    if now.production and token.endswith(".SIGNATURE_REMOVED_BY_GOOGLE"):
        payload = _decoded(token.split(".")[1])
    else:
        payload = _payload(token, _callers, now.invoker_keys_url)
    if payload.get("iss") not in _GOOGLE_ISSUERS or not _fresh(payload, time.time()):
        raise UnauthenticatedError("The token of this caller is not valid.", code="INVALID_TOKEN")
    if now.function_url and payload.get("aud") != now.url_of(function):
        raise UnauthenticatedError("The token is for another function.", code="INVALID_TOKEN")
    ours = f"{account}@{now.project}.iam.gserviceaccount.com"
    if payload.get("email") != ours or payload.get("email_verified") is not True:
        raise ForbiddenError("This entry point serves its own service account only.")


def _invalid(message: str) -> UnauthenticatedError:
    return UnauthenticatedError(message, code="INVALID_TOKEN")


def _decoded(part: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.b64decode(part + "=" * (-len(part) % 4), b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise _invalid("The token cannot be read.") from error
    if not isinstance(value, dict):
        raise _invalid("The token cannot be read.")
    return value


def _payload(token: str, keys: _Keys, url: str) -> dict[str, Any]:
    """Return the payload of an RS256 token whose signature verifies against `keys`."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # public reads skip it
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    parts = token.split(".")
    if len(parts) != 3 or len(token) > LONGEST_TOKEN or not token.isascii():  # noqa: PLR2004
        raise _invalid("The token cannot be read.")
    header = _decoded(parts[0])
    key_id = header.get("kid")
    if header.get("alg") != "RS256" or not isinstance(key_id, str):
        raise _invalid("The token is not signed as it must be.")
    key = keys.get(key_id, url)
    if key is None:
        raise _invalid("The token is signed by an unknown key.")
    try:
        signature = base64.b64decode(parts[2] + "=" * (-len(parts[2]) % 4), b"-_", validate=True)
        key.verify(signature, f"{parts[0]}.{parts[1]}".encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError, binascii.Error) as error:
        raise _invalid("The signature of the token does not verify.") from error
    return _decoded(parts[1])


def _instant(payload: Mapping[str, Any], name: str) -> float | None:
    value = payload.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value < LAST_INSTANT else None


def _fresh(payload: Mapping[str, Any], now: float) -> bool:
    expires, issued = _instant(payload, "exp"), _instant(payload, "iat")
    if expires is None or issued is None:
        return False
    return expires > now and issued <= now + SKEW_SECONDS


def _claims(payload: Mapping[str, Any], now: float) -> Claims:
    project = settings().project
    if payload.get("aud") != project:
        raise _invalid("The token is for another project.")
    if payload.get("iss") != f"https://securetoken.google.com/{project}":
        raise _invalid("The token is from another issuer.")
    if not _fresh(payload, now):
        raise UnauthenticatedError("The token has expired. Sign in again.", code="TOKEN_EXPIRED")
    signed_in_at, uid = _instant(payload, "auth_time"), payload.get("sub")
    if signed_in_at is None or signed_in_at > now + SKEW_SECONDS:
        raise _invalid("The token does not say when its owner signed in.")
    if "listens_until" in payload:
        raise _invalid("This token is for listening to conversations.")
    if not isinstance(uid, str) or not 0 < len(uid) <= LONGEST_SUBJECT or not uid.isprintable():
        raise _invalid("The token has no subject.")
    firebase = payload.get("firebase")
    factor = firebase.get("sign_in_second_factor") if isinstance(firebase, dict) else None
    return Claims(
        uid=uid,
        expires_at=int(payload["exp"]),
        signed_in_at=int(signed_in_at),
        email=payload.get("email") if payload.get("email_verified") is True else None,
        phone=payload.get("phone_number"),
        second_factor=factor,
    )
