"""Idempotency keys: the same key gets the same answer, once, however often it is sent.

The key is claimed in the transaction that does the work, so work and answer are stored together
or not at all. A twin that arrives meanwhile waits on the unique index and then gets the answer.
"""

import hashlib
import json
from dataclasses import dataclass

from shared import _queries as queries
from shared.db import Connection
from shared.errors import BadRequestError, InvalidError

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Claim:
    """A key, of whom, for what, and the hash of the request that came with it."""

    actor: str
    operation: str
    key: str
    request_hash: bytes


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
    return Claim(actor, operation, key, hashlib.sha256(path.encode() + b"\0" + body).digest())


def claim(db: Connection, wanted: Claim) -> StoredAnswer | None:
    """Claim the key and return None, or return the answer that it already has."""
    for _ in range(2):
        if queries.claim_key(
            db,
            actor=wanted.actor,
            operation=wanted.operation,
            key=wanted.key,
            request_hash=wanted.request_hash,
        ):
            return None
        found = queries.claimed_answer(
            db, actor=wanted.actor, operation=wanted.operation, key=wanted.key
        )
        if found is not None:
            break
    else:  # purged between the two statements, twice
        return None
    if found.request_hash != wanted.request_hash:
        message = "This key was used with another request. Use a new key for a new request."
        raise InvalidError(message, code="IDEMPOTENCY_KEY_REUSED", field="Idempotency-Key")
    headers = found.headers if isinstance(found.headers, dict) else {}
    return StoredAnswer(found.status or 200, headers, found.body or "")


def store(db: Connection, wanted: Claim, answer: StoredAnswer) -> None:
    """Keep the answer with the work."""
    queries.store_answer(
        db,
        status=answer.status,
        headers=json.dumps(answer.headers),
        body=answer.body,
        b_actor=wanted.actor,
        b_operation=wanted.operation,
        b_key=wanted.key,
    )
