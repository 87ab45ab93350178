"""Printed from _statements/delivering.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_QUEUE_DELIVERIES = """
WITH side AS (
    SELECT c.id, CASE WHEN c.first_id = $1::UUID THEN c.second_id ELSE c.first_id END
        AS party_id
    FROM messaging.conversation AS c WHERE c.id = $2::UUID
), people AS (
    SELECT side.id, side.party_id, a.id AS user_id FROM side JOIN users.account AS a
        ON a.id = ANY (ARRAY(SELECT side.party_id UNION SELECT m.user_id
            FROM users.membership AS m WHERE m.business_id = side.party_id))
    LEFT JOIN messaging.support_case AS s ON s.conversation_id = side.id
    WHERE a.state NOT IN ('erasing', 'erased') AND a.id <> $3::UUID
        AND (s.conversation_id IS NULL OR a.id IN (side.party_id, s.agent_id))
    ORDER BY a.id LIMIT $4::INTEGER
)
INSERT INTO messaging.delivery AS d
    (conversation_id, user_id, party_id, queued_seq, due_at)
SELECT id, user_id, party_id, $5::BIGINT, $6::TIMESTAMP WITH TIME ZONE FROM people
ON CONFLICT (conversation_id, user_id) DO UPDATE
SET queued_seq = excluded.queued_seq, due_at = least(d.due_at, excluded.due_at), tries = 0
WHERE d.queued_seq < excluded.queued_seq
RETURNING d.user_id
"""


class QueueDeliveriesRow(NamedTuple):
    """What `queue_deliveries` returns."""

    user_id: UUID


def queue_deliveries(db: Connection, *, from_party: UUID, conversation_id: UUID, sender_id: UUID, most: int, seq: int, due_at: datetime) -> list[QueueDeliveriesRow]:
    """Owe a message to each person of the other side; those to whom it is news."""
    return db.rows(QueueDeliveriesRow, _QUEUE_DELIVERIES, from_party, conversation_id, sender_id, most, seq, due_at)


_DELIVERY = """
SELECT d.queued_seq, greatest(d.sent_seq, d.failed_seq) AS settled_seq,
    coalesce((SELECT p.delivered_seq FROM messaging.pointer AS p
    WHERE p.conversation_id = d.conversation_id AND p.user_id = d.user_id), 0) AS held_seq, a.language, coalesce(
    (SELECT b.name FROM users.public_business AS b WHERE b.id = CASE WHEN c.first_id = d.party_id THEN c.second_id ELSE c.first_id END),
    (SELECT f.card::jsonb ->> 'name' FROM users.public_profile AS f
     WHERE f.user_id = CASE WHEN c.first_id = d.party_id THEN c.second_id ELSE c.first_id END)) AS name
FROM messaging.delivery AS d
JOIN messaging.conversation AS c ON c.id = d.conversation_id
JOIN users.account AS a ON a.id = d.user_id
WHERE d.conversation_id = $1::UUID AND d.user_id = $2::UUID
    AND NOT a.data_saver AND a.state NOT IN ('erasing', 'erased') AND (d.party_id = a.id OR EXISTS (
    SELECT FROM users.membership AS m
    WHERE m.business_id = d.party_id AND m.user_id = a.id))
"""


class DeliveryRow(NamedTuple):
    """What `delivery` returns."""

    queued_seq: int
    settled_seq: int
    held_seq: int
    language: str
    name: str | None


def delivery(db: Connection, *, conversation_id: UUID, user_id: UUID) -> DeliveryRow | None:
    """What is owed to somebody who wants it shown on his phones, and from whom."""
    return db.maybe(DeliveryRow, _DELIVERY, conversation_id, user_id)


_INSTALLS = """
SELECT install_id, push_token,
    encode(sha256(convert_to(push_token, 'UTF8')), 'hex') AS fingerprint
FROM users.device WHERE user_id = $1::UUID ORDER BY install_id LIMIT $2::INTEGER
"""


class InstallsRow(NamedTuple):
    """What `installs` returns."""

    install_id: UUID
    push_token: str
    fingerprint: str


def installs(db: Connection, *, user_id: UUID, limit: int) -> list[InstallsRow]:
    """Where somebody has the app."""
    return db.rows(InstallsRow, _INSTALLS, user_id, limit)


_NOTE_SENT = """
UPDATE messaging.delivery SET sent_seq = greatest(sent_seq, $1::BIGINT)
WHERE conversation_id = $2::UUID AND user_id = $3::UUID
"""


def note_sent(db: Connection, *, seq: int, conversation_id: UUID, user_id: UUID) -> int:
    """Note that all up to a number is on the way to an install of somebody."""
    return db.done(_NOTE_SENT, seq, conversation_id, user_id)


_NOTE_FAILED = """
UPDATE messaging.delivery SET failed_seq = greatest(failed_seq, $1::BIGINT)
WHERE conversation_id = $2::UUID AND user_id = $3::UUID
"""


def note_failed(db: Connection, *, seq: int, conversation_id: UUID, user_id: UUID) -> int:
    """Note that nothing up to a number will reach an install of somebody."""
    return db.done(_NOTE_FAILED, seq, conversation_id, user_id)


_DELETE_DELIVERIES = """
DELETE FROM messaging.delivery WHERE user_id = $1::UUID
"""


def delete_deliveries(db: Connection, *, user_id: UUID) -> int:
    """Forget what is owed to somebody."""
    return db.done(_DELETE_DELIVERIES, user_id)


_LOCK_DUE = """
SELECT d.conversation_id, d.user_id, CASE WHEN c.first_id = d.party_id THEN c.second_id ELSE c.first_id END AS from_id, d.queued_seq,
    d.sent_seq, d.failed_seq, d.told_seq, d.tries, coalesce((SELECT p.delivered_seq FROM messaging.pointer AS p
    WHERE p.conversation_id = d.conversation_id AND p.user_id = d.user_id), 0) AS held_seq,
    a.state NOT IN ('erasing', 'erased') AND (d.party_id = a.id OR EXISTS (
    SELECT FROM users.membership AS m
    WHERE m.business_id = d.party_id AND m.user_id = a.id)) AS may_be_told,
    NOT a.data_saver AND EXISTS (
        SELECT FROM users.device AS i WHERE i.user_id = d.user_id) AS has_install,
    (SELECT count(*) FROM (
        SELECT FROM messaging.message AS m
        WHERE m.conversation_id = d.conversation_id AND m.seq > coalesce((SELECT p.delivered_seq FROM messaging.pointer AS p
    WHERE p.conversation_id = d.conversation_id AND p.user_id = d.user_id), 0)
            AND m.deleted_at IS NULL
            AND coalesce(m.on_behalf_of, m.sender_id) <> d.party_id
        LIMIT 100) AS waiting) AS waiting
FROM messaging.delivery AS d
JOIN messaging.conversation AS c ON c.id = d.conversation_id
JOIN users.account AS a ON a.id = d.user_id
WHERE d.due_at <= $1::TIMESTAMP WITH TIME ZONE
ORDER BY d.due_at, d.conversation_id, d.user_id LIMIT $2::INTEGER
FOR UPDATE OF d SKIP LOCKED
"""


class LockDueRow(NamedTuple):
    """What `lock_due` returns."""

    conversation_id: UUID
    user_id: UUID
    from_id: UUID
    queued_seq: int
    sent_seq: int
    failed_seq: int
    told_seq: int
    tries: int
    held_seq: int
    may_be_told: bool
    has_install: bool
    waiting: int


def lock_due(db: Connection, *, now: datetime, limit: int) -> list[LockDueRow]:
    """What is owed to people and it is time to look at, the oldest first."""
    return db.rows(LockDueRow, _LOCK_DUE, now, limit)


_NOTE_LOOKED = """
UPDATE messaging.delivery AS d
SET told_seq = n.told_seq, failed_seq = n.failed_seq, tries = n.tries, due_at = n.due_at
FROM jsonb_to_recordset(CAST($1::VARCHAR AS jsonb)) AS n (conversation_id uuid, user_id uuid,
    told_seq bigint, failed_seq bigint, tries integer, due_at timestamptz)
WHERE d.conversation_id = n.conversation_id AND d.user_id = n.user_id
"""


def note_looked(db: Connection, *, looked: str) -> int:
    """Note what was done about what is owed, and when to look again."""
    return db.done(_NOTE_LOOKED, looked)
