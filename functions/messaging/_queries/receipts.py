"""Printed from _statements/receipts.py by `python -m functions write`. Do not edit."""

from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_LOCK_PARTY = """
SELECT CASE WHEN first_id = ANY (CAST($1::UUID[] AS uuid[])) THEN first_id ELSE second_id END
    AS party_id
FROM messaging.conversation WHERE id = $2::UUID FOR UPDATE
"""


class LockPartyRow(NamedTuple):
    """What `lock_party` returns."""

    party_id: UUID


def lock_party(db: Connection, *, mine: list[UUID], id: UUID) -> LockPartyRow | None:
    """On whose side the caller takes part in a conversation, locked until this transaction ends."""
    return db.maybe(LockPartyRow, _LOCK_PARTY, mine, id)


_MOVE_POINTER = """
WITH wanted AS (
    SELECT c.id, least(greatest($1::BIGINT, $2::BIGINT), c.last_seq) AS delivered_seq,
        least($2::BIGINT, c.last_seq) AS read_seq
    FROM messaging.conversation AS c WHERE c.id = $3::UUID
), counted AS (
    SELECT w.*, coalesce((SELECT m.own_no FROM messaging.message AS m
        WHERE m.sender_id = $4::UUID AND m.conversation_id = w.id AND m.seq <= w.read_seq
        ORDER BY m.seq DESC LIMIT 1), 0) AS sent_read
    FROM wanted AS w
)
INSERT INTO messaging.pointer AS p
    (conversation_id, user_id, party_id, delivered_seq, read_seq, sent, sent_read)
SELECT id, $4::UUID, $5::UUID, delivered_seq, read_seq, sent_read, sent_read FROM counted
ON CONFLICT (conversation_id, user_id) DO UPDATE
SET delivered_seq = greatest(p.delivered_seq, excluded.delivered_seq),
    read_seq = greatest(p.read_seq, excluded.read_seq),
    sent_read = greatest(p.sent_read, excluded.sent_read)
WHERE p.delivered_seq < excluded.delivered_seq OR p.read_seq < excluded.read_seq
RETURNING p.delivered_seq, p.read_seq
"""


class MovePointerRow(NamedTuple):
    """What `move_pointer` returns."""

    delivered_seq: int
    read_seq: int


def move_pointer(db: Connection, *, delivered_seq: int, read_seq: int, conversation_id: UUID, user_id: UUID, party_id: UUID) -> MovePointerRow | None:
    """Move somebody's pointers forward, to the last message at most; None when they are there."""
    return db.maybe(MovePointerRow, _MOVE_POINTER, delivered_seq, read_seq, conversation_id, user_id, party_id)


_REACHED = """
SELECT coalesce(p.delivered_seq, 0) AS delivered_seq, coalesce(p.read_seq, 0) AS read_seq,
    c.last_seq - coalesce(p.read_seq, 0) - coalesce(p.sent - p.sent_read, 0) AS unread
FROM messaging.conversation AS c
LEFT JOIN messaging.pointer AS p ON p.conversation_id = c.id AND p.user_id = $1::UUID
WHERE c.id = $2::UUID
"""


class ReachedRow(NamedTuple):
    """What `reached` returns."""

    delivered_seq: int
    read_seq: int
    unread: int


def reached(db: Connection, *, user_id: UUID, conversation_id: UUID) -> ReachedRow | None:
    """How far somebody has got in a conversation, and how many messages of others lie beyond."""
    return db.maybe(ReachedRow, _REACHED, user_id, conversation_id)


_PROGRESS = """
SELECT party_id, max(read_seq) AS read_seq, max(delivered_seq) AS delivered_seq,
    max(sent_seq) AS sent_seq, max(failed_seq) AS failed_seq, max(queued_seq) AS queued_seq
FROM (
    SELECT p.party_id, p.read_seq, p.delivered_seq, 0 AS sent_seq, 0 AS failed_seq,
        0 AS queued_seq
    FROM messaging.pointer AS p WHERE p.conversation_id = $1::UUID
    UNION ALL
    SELECT d.party_id, 0, 0, d.sent_seq, d.failed_seq, d.queued_seq
    FROM messaging.delivery AS d WHERE d.conversation_id = $1::UUID
) AS reached
GROUP BY party_id LIMIT 2
"""


class ProgressRow(NamedTuple):
    """What `progress` returns."""

    party_id: UUID
    read_seq: int
    delivered_seq: int
    sent_seq: int
    failed_seq: int
    queued_seq: int


def progress(db: Connection, *, conversation_id: UUID) -> list[ProgressRow]:
    """How far what was said has got with each side of a conversation."""
    return db.rows(ProgressRow, _PROGRESS, conversation_id)
