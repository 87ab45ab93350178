"""Keyset cursors: opaque, signed, and bound to the filters of the list they came from.

A cursor carries the sort key of the last row at full precision and its id. One that was made for
other filters, by another operation, or by nobody is refused with 422.
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
    return base64.urlsafe_b64encode(_sign(scope, body) + body).rstrip(b"=").decode()


def decode(scope: str, cursor: str) -> list[str | int]:
    """Return the key inside a cursor, or refuse it."""
    if len(cursor) > LONGEST_CURSOR:
        raise _foreign()
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise _foreign() from error
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(scope, body)):
        raise _foreign()
    version, *key = json.loads(body)
    if version != _VERSION:
        raise _foreign()
    return list(key)


def _foreign() -> InvalidError:
    message = "This cursor does not belong to this list. Start from the first page."
    return InvalidError(message, code="INVALID_CURSOR", field="cursor")


def _sign(scope: str, body: bytes) -> bytes:
    secret = settings().cursor_secret
    return hmac.digest(secret, scope.encode() + b"\0" + body, "sha256")[:_SIGNATURE_BYTES]
