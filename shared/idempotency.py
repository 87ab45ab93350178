"""Idempotency keys: the same key gets the same answer, once, however often it is sent.

The key is claimed in the transaction that does the work, so work and answer are stored together
or not at all. A twin that arrives meanwhile waits on the unique index and then gets the answer.
Claiming shares the round trip of BEGIN and storing that of COMMIT: a key costs no trip of its own.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from pg8000.native import literal

from shared.errors import BadRequestError, InvalidError

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Claim:
    """A key, of whom, for what, and the hash of the request that came with it."""

    actor: str
    operation: str
    key: str
    request_hash: str

    def quoted(self) -> str:
        """Return its four parts as arguments of an SQL function."""
        parts = (self.actor, self.operation, self.key, self.request_hash)
        return ", ".join(map(literal, parts))


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered under a key."""

    status: int
    headers: dict[str, str]
    body: str


def read(key: str | None, actor: str, operation: str, path: str, body: bytes) -> Claim | None:
    """Return the claim that a request makes by its `Idempotency-Key`, or None without one."""
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        message = f"Idempotency-Key takes 1 to {LONGEST_KEY} printable ASCII characters."
        raise BadRequestError(message, code="INVALID_IDEMPOTENCY_KEY", field="Idempotency-Key")
    digest = hashlib.sha256(path.encode() + b"\0" + body).hexdigest()
    return Claim(actor, operation, key, digest)


def claiming(wanted: Claim) -> str:
    """Return the statement that claims a key, or finds the answer that it already has."""
    return f"select * from platform.claim_key({wanted.quoted()})"  # noqa: S608  # quoted by the driver


def answered(row: list[Any]) -> StoredAnswer | None:
    """Return the answer that a claim found; None when the key was free."""
    claimed, same, status, headers, body = row
    if claimed:
        return None
    if not same:
        message = "This key was used with another request. Use a new key for a new request."
        raise InvalidError(message, code="IDEMPOTENCY_KEY_REUSED", field="Idempotency-Key")
    return StoredAnswer(status, json.loads(headers), body)


def storing(wanted: Claim, answer: StoredAnswer) -> str:
    """Return the statement that keeps an answer under its key, with the work."""
    found = ", ".join(map(literal, (answer.status, json.dumps(answer.headers), answer.body)))
    return f"select platform.store_answer({wanted.quoted()}, {found})"
