"""Printed from _statements/offline.py by `python -m functions write`. Do not edit."""

from typing import NamedTuple

from shared.db import Connection


_ANSWERS_OF = """
SELECT operation, key, encode(request_hash, 'hex') AS request_hash, status, body
FROM platform.idempotency_key
WHERE actor = $1::VARCHAR AND operation = ANY ($2::TEXT[]) AND key = ANY ($3::TEXT[])
LIMIT $4::INTEGER
"""


class AnswersOfRow(NamedTuple):
    """What `answers_of` returns."""

    operation: str
    key: str
    request_hash: str
    status: int
    body: str


def answers_of(db: Connection, *, actor: str, operations: list[str], keys: list[str], limit: int) -> list[AnswersOfRow]:
    """What operations of an outbox were answered when they were done."""
    return db.rows(AnswersOfRow, _ANSWERS_OF, actor, operations, keys, limit)
