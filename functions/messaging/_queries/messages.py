"""Printed from _statements/messages.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_TAKE_QUOTA = """
SELECT b.plan, q.* FROM users.business AS b CROSS JOIN LATERAL platform.take_quota(
    b.id, 'messages', b.zone, (CAST($1::VARCHAR AS jsonb) ->> b.plan)::integer,
    (CAST($2::VARCHAR AS jsonb) ->> b.plan)::integer, $3::TIMESTAMP WITH TIME ZONE) AS q
WHERE b.id = $4::UUID
"""


class TakeQuotaRow(NamedTuple):
    """What `take_quota` returns."""

    plan: str
    granted: bool
    used_today: int
    used_this_month: int
    day_ends_at: datetime
    month_ends_at: datetime


def take_quota(db: Connection, *, per_day: str, per_month: str, now: datetime, business_id: UUID) -> TakeQuotaRow:
    """Take one message from what the plan of a business allows, or see that none is left."""
    return db.one(TakeQuotaRow, _TAKE_QUOTA, per_day, per_month, now, business_id)


_SENT_MESSAGE = """
SELECT conversation_id, sender_id, seq, digest, flags, version, sent_at
FROM messaging.message WHERE id = $1::UUID
"""


class SentMessageRow(NamedTuple):
    """What `sent_message` returns."""

    conversation_id: UUID
    sender_id: UUID
    seq: int
    digest: bytes | None
    flags: list[str]
    version: int
    sent_at: datetime


def sent_message(db: Connection, *, id: UUID) -> SentMessageRow | None:
    """A message that has an id, among those that the caller may read."""
    return db.maybe(SentMessageRow, _SENT_MESSAGE, id)


_INSERT_MESSAGE = """
WITH counted AS (
    INSERT INTO messaging.pointer AS p (conversation_id, user_id, party_id, sent)
    VALUES ($1::UUID, $2::UUID, $3::UUID, 1)
    ON CONFLICT (conversation_id, user_id) DO UPDATE SET sent = p.sent + 1
    RETURNING sent
), said AS (
    INSERT INTO messaging.message (id, conversation_id, seq, sender_id, on_behalf_of,
        own_no, nonce, ciphertext, digest, flags, sent_at)
    SELECT $4::UUID, $1::UUID, $5::BIGINT, $2::UUID, $6::UUID, counted.sent, $7::BYTEA,
        $8::BYTEA, $9::BYTEA, $10::TEXT[], $11::TIMESTAMP WITH TIME ZONE FROM counted
    ON CONFLICT (id) DO NOTHING
    RETURNING conversation_id, sender_id, seq, digest, flags, version, sent_at
), moved AS (
    UPDATE messaging.conversation AS c SET last_seq = said.seq, last_message_at = $11::TIMESTAMP WITH TIME ZONE
    FROM said WHERE c.id = said.conversation_id AND c.last_seq = said.seq - 1
    RETURNING c.id
)
SELECT said.* FROM said, moved
"""


class InsertMessageRow(NamedTuple):
    """What `insert_message` returns."""

    conversation_id: UUID
    sender_id: UUID
    seq: int
    digest: bytes | None
    flags: list[str]
    version: int
    sent_at: datetime


def insert_message(db: Connection, *, conversation_id: UUID, sender_id: UUID, party_id: UUID, id: UUID, seq: int, on_behalf_of: UUID | None, nonce: bytes, ciphertext: bytes, digest: bytes, flags: list[str], now: datetime) -> InsertMessageRow | None:
    """Store a message as the next of its locked conversation; None when its id is taken."""
    return db.maybe(InsertMessageRow, _INSERT_MESSAGE, conversation_id, sender_id, party_id, id, seq, on_behalf_of, nonce, ciphertext, digest, flags, now)


_PAGE_UPWARDS = """
SELECT m.id, m.seq, m.sender_id, m.on_behalf_of, m.nonce, m.ciphertext, m.flags, m.version,
m.sent_at, m.edited_at, m.deleted_at, (
    SELECT jsonb_agg(jsonb_build_object(
        'id', a.id, 'content_type', a.content_type, 'size', a.size) ORDER BY a.id)::text
    FROM messaging.attachment AS a WHERE a.message_id = m.id AND a.purge_after IS NULL
) AS attachments FROM messaging.message AS m
    WHERE m.conversation_id = $1::UUID AND m.seq > $2::BIGINT AND m.seq < $3::BIGINT
    ORDER BY m.seq LIMIT CAST($4::INTEGER AS integer) + 1
"""


class PageUpwardsRow(NamedTuple):
    """What `page_upwards` returns."""

    id: UUID
    seq: int
    sender_id: UUID
    on_behalf_of: UUID | None
    nonce: bytes | None
    ciphertext: bytes | None
    flags: list[str]
    version: int
    sent_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    attachments: str | None


def page_upwards(db: Connection, *, conversation_id: UUID, after: int, before: int, limit: int) -> list[PageUpwardsRow]:
    """Messages of a conversation between two numbers, the oldest first, and one more."""
    return db.rows(PageUpwardsRow, _PAGE_UPWARDS, conversation_id, after, before, limit)


_PAGE_DOWNWARDS = """
SELECT m.id, m.seq, m.sender_id, m.on_behalf_of, m.nonce, m.ciphertext, m.flags, m.version,
m.sent_at, m.edited_at, m.deleted_at, (
    SELECT jsonb_agg(jsonb_build_object(
        'id', a.id, 'content_type', a.content_type, 'size', a.size) ORDER BY a.id)::text
    FROM messaging.attachment AS a WHERE a.message_id = m.id AND a.purge_after IS NULL
) AS attachments FROM messaging.message AS m
    WHERE m.conversation_id = $1::UUID AND m.seq > $2::BIGINT AND m.seq < $3::BIGINT
    ORDER BY m.seq DESC LIMIT CAST($4::INTEGER AS integer) + 1
"""


class PageDownwardsRow(NamedTuple):
    """What `page_downwards` returns."""

    id: UUID
    seq: int
    sender_id: UUID
    on_behalf_of: UUID | None
    nonce: bytes | None
    ciphertext: bytes | None
    flags: list[str]
    version: int
    sent_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    attachments: str | None


def page_downwards(db: Connection, *, conversation_id: UUID, after: int, before: int, limit: int) -> list[PageDownwardsRow]:
    """Messages of a conversation between two numbers, the newest first, and one more."""
    return db.rows(PageDownwardsRow, _PAGE_DOWNWARDS, conversation_id, after, before, limit)


_MESSAGE = """
SELECT m.id, m.seq, m.sender_id, m.on_behalf_of, m.nonce, m.ciphertext, m.flags, m.version,
m.sent_at, m.edited_at, m.deleted_at, (
    SELECT jsonb_agg(jsonb_build_object(
        'id', a.id, 'content_type', a.content_type, 'size', a.size) ORDER BY a.id)::text
    FROM messaging.attachment AS a WHERE a.message_id = m.id AND a.purge_after IS NULL
) AS attachments, m.conversation_id FROM messaging.message AS m WHERE m.id = $1::UUID
"""


class MessageRow(NamedTuple):
    """What `message` returns."""

    id: UUID
    seq: int
    sender_id: UUID
    on_behalf_of: UUID | None
    nonce: bytes | None
    ciphertext: bytes | None
    flags: list[str]
    version: int
    sent_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    attachments: str | None
    conversation_id: UUID


def message(db: Connection, *, id: UUID) -> MessageRow | None:
    """A message among those that the caller may read."""
    return db.maybe(MessageRow, _MESSAGE, id)


_SAVE_MESSAGE = """
WITH locked AS MATERIALIZED (
    SELECT m.id, m.version, m.nonce, m.ciphertext, m.flags FROM messaging.message AS m
    WHERE m.id = $1::UUID AND m.version = $2::INTEGER AND m.deleted_at IS NULL FOR UPDATE
), kept AS (
    INSERT INTO messaging.message_revision
        (message_id, version, nonce, ciphertext, flags, replaced_at)
    SELECT id, version, nonce, ciphertext, flags, $3::TIMESTAMP WITH TIME ZONE FROM locked
)
UPDATE messaging.message AS m
SET nonce = $4::BYTEA, ciphertext = $5::BYTEA, flags = $6::TEXT[], version = m.version + 1,
    edited_at = $3::TIMESTAMP WITH TIME ZONE
FROM locked WHERE m.id = locked.id
RETURNING m.conversation_id, m.seq, m.flags, m.version, m.sent_at, m.edited_at
"""


class SaveMessageRow(NamedTuple):
    """What `save_message` returns."""

    conversation_id: UUID
    seq: int
    flags: list[str]
    version: int
    sent_at: datetime
    edited_at: datetime


def save_message(db: Connection, *, id: UUID, version: int, now: datetime, nonce: bytes, ciphertext: bytes, flags: list[str]) -> SaveMessageRow | None:
    """Have a message say something else; None when it has another version meanwhile."""
    return db.maybe(SaveMessageRow, _SAVE_MESSAGE, id, version, now, nonce, ciphertext, flags)


_DELETE_MESSAGE = """
WITH locked AS MATERIALIZED (
    SELECT m.id, m.version, m.nonce, m.ciphertext, m.flags FROM messaging.message AS m
    WHERE m.id = $1::UUID AND m.version = $2::INTEGER AND m.deleted_at IS NULL FOR UPDATE
), kept AS (
    INSERT INTO messaging.message_revision
        (message_id, version, nonce, ciphertext, flags, replaced_at)
    SELECT id, version, nonce, ciphertext, flags, $3::TIMESTAMP WITH TIME ZONE FROM locked
)
, files AS (
    UPDATE messaging.attachment AS a SET purge_after = $4::TIMESTAMP WITH TIME ZONE
    FROM locked WHERE a.message_id = locked.id
)
UPDATE messaging.message AS m
SET nonce = NULL, ciphertext = NULL, flags = '{}', version = m.version + 1,
    deleted_at = $3::TIMESTAMP WITH TIME ZONE
FROM locked WHERE m.id = locked.id
RETURNING m.conversation_id, m.seq, m.version, m.deleted_at
"""


class DeleteMessageRow(NamedTuple):
    """What `delete_message` returns."""

    conversation_id: UUID
    seq: int
    version: int
    deleted_at: datetime


def delete_message(db: Connection, *, id: UUID, version: int, now: datetime, purge_after: datetime) -> DeleteMessageRow | None:
    """Leave an empty tombstone of a message; None when it has another version meanwhile."""
    return db.maybe(DeleteMessageRow, _DELETE_MESSAGE, id, version, now, purge_after)
