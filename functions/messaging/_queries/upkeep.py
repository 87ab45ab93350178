"""Printed from _statements/upkeep.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_LOCK_WRAPPED = """
SELECT id, key_id, wrapped_key FROM messaging.conversation
WHERE key_id = ANY (CAST($1::TEXT[] AS text[]))
ORDER BY key_id, id LIMIT $2::INTEGER FOR UPDATE SKIP LOCKED
"""


class LockWrappedRow(NamedTuple):
    """What `lock_wrapped` returns."""

    id: UUID
    key_id: str
    wrapped_key: bytes


def lock_wrapped(db: Connection, *, key_ids: list[str], limit: int) -> list[LockWrappedRow]:
    """Conversations whose keys some older keys wrap, locked; those in use are left for later."""
    return db.rows(LockWrappedRow, _LOCK_WRAPPED, key_ids, limit)


_PUT_WRAPPED = """
UPDATE messaging.conversation AS c
SET wrapped_key = decode(n.wrapped, 'hex'), key_id = n.key_id
FROM unnest(CAST($1::UUID[] AS uuid[]), CAST($2::TEXT[] AS text[]), CAST($3::TEXT[] AS text[]))
    AS n (id, key_id, wrapped)
WHERE c.id = n.id
"""


def put_wrapped(db: Connection, *, ids: list[UUID], key_ids: list[str], wrapped: list[str]) -> int:
    """Store keys of conversations, in hexadecimal, wrapped by other keys than before."""
    return db.done(_PUT_WRAPPED, ids, key_ids, wrapped)


_PURGE_REVISIONS = """
WITH batch AS MATERIALIZED (
    SELECT message_id, version FROM messaging.message_revision
    WHERE replaced_at <= $1::TIMESTAMP WITH TIME ZONE
    ORDER BY replaced_at LIMIT $2::INTEGER
)
DELETE FROM messaging.message_revision AS r USING batch
WHERE r.message_id = batch.message_id AND r.version = batch.version
"""


def purge_revisions(db: Connection, *, before: datetime, limit: int) -> int:
    """Forget what messages said that were changed or taken back so long ago."""
    return db.done(_PURGE_REVISIONS, before, limit)
