"""How what people write is stored: AES-256-GCM, under a key that is its conversation's own.

That key is stored wrapped by one of the ring's (`shared/keyring.py`), so a rotation of the ring
touches a row a conversation and no message. What is sealed is bound to its place: conversation,
number, sender and version. Moved to another row it does not open.
"""

import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from shared import keyring

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
"""Random, as NIST SP 800-38D 8.2.2 allows for up to 2**32 texts under one key."""


class WrappedRow(Protocol):
    """A conversation, as far as its key is concerned."""

    @property
    def id(self) -> UUID: ...
    @property
    def key_id(self) -> str: ...
    @property
    def wrapped_key(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands: it opens nowhere else."""

    conversation_id: UUID
    seq: int
    sender_id: UUID
    version: int

    def bound(self) -> bytes:
        """Return it as associated data, each part of a length of its own."""
        parts = (self.conversation_id.bytes, self.seq.to_bytes(8), self.sender_id.bytes)
        return b"message" + b"".join(parts) + self.version.to_bytes(4)


class Seal:
    """Seals and opens the texts of one conversation."""

    def __init__(self, key: bytes) -> None:
        """Use a key that is unwrapped."""
        self._key = key
        self._cipher = _cipher(key)

    def sealed(self, place: Place, text: str) -> tuple[bytes, bytes]:
        """Return nonce and ciphertext of a text."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce, self._cipher.encrypt(nonce, text.encode(), place.bound())

    def opened(self, place: Place, nonce: bytes, ciphertext: bytes) -> str:
        """Return the text; raise `InvalidTag` when it is not what was sealed at this place."""
        return self._cipher.decrypt(nonce, ciphertext, place.bound()).decode()

    def digest(self, text: str, beside: Sequence[UUID]) -> bytes:
        """Return what tells one content from another, to nobody who has not the key."""
        files = b"".join(each.bytes for each in beside)
        said = b"digest" + bytes([len(beside)]) + files + text.encode()
        return hmac.digest(self._key, said, "sha256")


def new_key(conversation_id: UUID) -> tuple[str, bytes]:
    """Return a fresh key of a conversation, wrapped, and which key of the ring wraps it."""
    return _wrapped(conversation_id, os.urandom(keyring.BYTES))


def seal_of(conversation: WrappedRow) -> Seal:
    """Return what opens and seals in a conversation."""
    return Seal(_unwrapped(conversation))


def rewrapped(conversation: WrappedRow) -> tuple[str, bytes]:
    """Return the key of a conversation as the newest key of the ring wraps it."""
    return _wrapped(conversation.id, _unwrapped(conversation))


def _unwrapped(conversation: WrappedRow) -> bytes:
    wrapped = conversation.wrapped_key
    nonce, ciphertext = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
    bound = _bound(conversation.id, conversation.key_id)
    return _cipher(keyring.key(conversation.key_id)).decrypt(nonce, ciphertext, bound)


def _wrapped(conversation_id: UUID, key: bytes) -> tuple[str, bytes]:
    key_id, newest = keyring.newest()
    nonce = os.urandom(_NONCE_BYTES)
    bound = _bound(conversation_id, key_id)
    return key_id, nonce + _cipher(newest).encrypt(nonce, key, bound)


def _bound(conversation_id: UUID, key_id: str) -> bytes:
    return b"key" + conversation_id.bytes + key_id.encode()


def _cipher(key: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # 50 ms

    return AESGCM(key)
