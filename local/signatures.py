"""Checks forms and links that are signed as Cloud Storage's version 4 has it (GOOG4-RSA-SHA256)."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

LONGEST_LINK_SECONDS = 604_800
_ALGORITHM = "GOOG4-RSA-SHA256"
_STAMP = "%Y%m%dT%H%M%SZ"
_SIGNATURE = "X-Goog-Signature"
_UNCHECKED = {"policy", "x-goog-signature", "file"}
"""Fields of a form that no condition of its policy can name."""


class DeniedError(Exception):
    """Cloud Storage would answer with this error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Refuse with an HTTP status and one of Cloud Storage's codes."""
        super().__init__(message)
        self.status, self.code = status, code


def require_form(key: RSAPublicKey, fields: Mapping[str, str], size: int) -> None:
    """Demand a policy that is signed, in time, and true of every field and of the file's size."""
    policy = fields.get("policy", "")
    _require_signed(key, fields.get("x-goog-signature", ""), policy.encode())
    said = json.loads(base64.b64decode(policy))
    if datetime.fromisoformat(said["expiration"]) <= datetime.now(UTC):
        raise DeniedError(400, "ExpiredToken", "The policy has expired.")
    named = set()
    for condition in said["conditions"]:
        named |= _require_met(condition, fields, size)
    if loose := sorted(
        name
        for name in fields.keys() - named - _UNCHECKED
        if not name.startswith("x-ignore-") and name != "bucket"
    ):
        raise DeniedError(403, "AccessDenied", f"The policy does not name {', '.join(loose)}.")
    if fields.get("x-goog-algorithm") != _ALGORITHM:
        raise DeniedError(400, "InvalidArgument", "The algorithm is another.")
    _require_scope(fields.get("x-goog-credential", ""), fields.get("x-goog-date", ""))


def require_link(key: RSAPublicKey, method: str, environ: Mapping[str, Any]) -> None:
    """Demand that a request is exactly the one that was signed, and that it comes in time."""
    query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    signature = query.get(_SIGNATURE)
    if signature is None:
        raise DeniedError(403, "AccessDenied", "Anonymous callers may not read this.")
    stamp = query.get("X-Goog-Date", "")
    if query.get("X-Goog-Algorithm") != _ALGORITHM:
        raise DeniedError(400, "InvalidArgument", "The algorithm is another.")
    scope = _require_scope(query.get("X-Goog-Credential", ""), stamp)
    names = query.get("X-Goog-SignedHeaders", "").split(";")
    headers = "".join(f"{name}:{_header(environ, name)}\n" for name in names)
    pairs = [
        each for each in environ["QUERY_STRING"].split("&") if not each.startswith(f"{_SIGNATURE}=")
    ]
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/~")
    request = [
        method,
        path,
        "&".join(sorted(pairs)),
        headers,
        ";".join(names),
        "UNSIGNED-PAYLOAD",
    ]
    digest = hashlib.sha256("\n".join(request).encode()).hexdigest()
    text = f"{_ALGORITHM}\n{stamp}\n{scope}\n{digest}"
    _require_signed(key, signature, text.encode())
    seconds = int(query.get("X-Goog-Expires", "0"))
    if not 0 < seconds <= LONGEST_LINK_SECONDS:
        raise DeniedError(400, "InvalidArgument", "X-Goog-Expires is at most seven days.")
    begun = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    if begun + timedelta(seconds=seconds) <= datetime.now(UTC):
        raise DeniedError(400, "ExpiredToken", "The link has expired.")


def _require_signed(key: RSAPublicKey, signature: str, message: bytes) -> None:
    try:
        key.verify(bytes.fromhex(signature), message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError) as error:
        raise DeniedError(403, "SignatureDoesNotMatch", "The signature is another.") from error


def _require_scope(credential: str, stamp: str) -> str:
    """Return the scope of a credential: its day, place, service and kind of request."""
    _, _, scope = credential.partition("/")
    if scope != f"{stamp[:8]}/auto/storage/goog4_request":
        raise DeniedError(400, "InvalidArgument", "The credential is of another day or service.")
    return scope


def _require_met(condition: object, fields: Mapping[str, str], size: int) -> set[str]:
    """Demand one condition; return the fields that it names."""
    match condition:
        case ["content-length-range", int(smallest), int(largest)]:
            if size < smallest:
                raise DeniedError(400, "EntityTooSmall", f"At least {smallest} bytes.")
            if size > largest:
                raise DeniedError(400, "EntityTooLarge", f"At most {largest} bytes.")
            return set()
        case ["eq", str(name), str(value)]:
            wanted = {name.removeprefix("$").lower(): value}
        case ["starts-with", str(name), str(value)]:
            name = name.removeprefix("$").lower()
            if not fields.get(name, "").startswith(value):
                raise DeniedError(403, "AccessDenied", f"{name} does not start with {value}.")
            return {name}
        case dict():
            wanted = {str(name).lower(): str(value) for name, value in condition.items()}
        case _:
            raise DeniedError(400, "InvalidPolicyDocument", "This is no condition.")
    for name, value in wanted.items():
        if fields.get(name) != value:
            raise DeniedError(403, "AccessDenied", f"The policy wants another {name}.")
    return set(wanted)


def _header(environ: Mapping[str, Any], name: str) -> str:
    return str(environ.get(f"HTTP_{name.upper().replace('-', '_')}", "")).strip()
