"""Keyset cursors: opaque, signed, and bound to the filters of the list they came from.

A cursor carries the sort key of the last row at full precision and its id. One that was made for
other filters, by another operation, or by nobody is refused with 422. The newest secret signs; the
one before it verifies too, so that nobody loses his place when it is rotated.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Sequence

from shared.errors import InvalidError
from shared.settings import settings

_SIGNATURE_BYTES = 12
_VERSION = 1
LONGEST_CURSOR = 512


def encode(scope: str, key: Sequence[str | int]) -> str:
    """Return the cursor that continues after `key` in the list that `scope` names."""
    body = json.dumps([_VERSION, *key], separators=(",", ":")).encode()
    signature = _sign(_secrets()[0], scope, body)
    return base64.urlsafe_b64encode(signature + body).rstrip(b"=").decode()


def decode(scope: str, cursor: str) -> list[str | int]:
    """Return the key inside a cursor, or refuse it."""
    if len(cursor) > LONGEST_CURSOR:
        raise _foreign()
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise _foreign() from error
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not (_is_ours(signature, scope, body) or _is_ours(signature, scope, body, doubting=True)):
        raise _foreign()
    version, *key = json.loads(body)
    if version != _VERSION:
        raise _foreign()
    return list(key)


def _foreign() -> InvalidError:
    message = "This cursor does not belong to this list. Start from the first page."
    return InvalidError(message, code="INVALID_CURSOR", field="cursor")


def _is_ours(signature: bytes, scope: str, body: bytes, *, doubting: bool = False) -> bool:
    return any(
        hmac.compare_digest(signature, _sign(secret, scope, body))
        for secret in _secrets(doubting=doubting)
    )


def _secrets(*, doubting: bool = False) -> tuple[bytes, ...]:
    """Return the secrets that count, the newest first; `doubting` whether these are still all."""
    now = settings()
    if not now.cursor_secret_name:
        return (now.cursor_secret,)
    from shared.cloud import secrets  # noqa: PLC0415  # a development machine has none

    seconds = secrets.DOUBTED_SECONDS if doubting else secrets.KEPT_SECONDS
    return secrets.versions(now.cursor_secret_name, at_most_seconds=seconds)


def _sign(secret: bytes, scope: str, body: bytes) -> bytes:
    return hmac.digest(secret, scope.encode() + b"\0" + body, "sha256")[:_SIGNATURE_BYTES]
