"""The keys that encrypt other keys: the newest of a ring wraps, each of the ring unwraps.

A ring is one secret: a line a key, `<id> <32 bytes in base64>`, the newest first. To rotate, add a
version of the secret with a new line on top; take the oldest line away once nothing is wrapped by
it any more. An instance that meets a key it does not know asks for the ring again at once, so
neither step needs a restart.
"""

import base64
import binascii
import hashlib
from functools import lru_cache

from shared.settings import MisconfiguredError, settings

BYTES = 32
"""AES-256."""


class UnknownKeyError(RuntimeError):
    """What is asked for was wrapped by a key that is not in the ring."""


def newest() -> tuple[str, bytes]:
    """Return the id and the key that wraps from now on."""
    return next(iter(_ring().items()))


def older() -> list[str]:
    """Return the ids of the keys that only unwrap."""
    return list(_ring())[1:]


def key(key_id: str) -> bytes:
    """Return the key of an id; raise `UnknownKeyError` when the ring does not have it."""
    found = _ring().get(key_id) or _ring(doubting=True).get(key_id)
    if found is None:
        raise UnknownKeyError(f"no key {key_id} in the ring")
    return found


def _ring(*, doubting: bool = False) -> dict[str, bytes]:
    now = settings()
    if now.message_keys_name:
        from shared.cloud import secrets  # noqa: PLC0415  # a development machine has none

        seconds = secrets.DOUBTED_SECONDS if doubting else secrets.KEPT_SECONDS
        return _read(secrets.versions(now.message_keys_name, at_most_seconds=seconds)[0].decode())
    if now.message_keys:
        return _read(now.message_keys)
    if now.production:
        raise MisconfiguredError("MESSAGE_KEYS_NAME or MESSAGE_KEYS must be set in production")
    return {"local": hashlib.sha256(b"the key of a development machine").digest()}


@lru_cache(maxsize=4)
def _read(text: str) -> dict[str, bytes]:
    """Read a ring; what is wrong with it is said without saying what is in it."""
    ring: dict[str, bytes] = {}
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        key_id, _, encoded = line.partition(" ")
        try:
            made = base64.b64decode(encoded.strip(), validate=True)
        except (ValueError, binascii.Error) as error:
            raise MisconfiguredError(f"line {number} of MESSAGE_KEYS is no base64") from error
        if len(made) != BYTES or key_id in ring:
            raise MisconfiguredError(f"line {number} of MESSAGE_KEYS is no key of {BYTES} bytes")
        ring[key_id] = made
    if not ring:
        raise MisconfiguredError("MESSAGE_KEYS holds no key")
    return ring
