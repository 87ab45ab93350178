"""Printed from _statements/live.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_LIVE_CONVERSATION = """
SELECT jsonb_build_object('kind', c.kind, 'last_seq', c.last_seq,
    'updated_at', c.last_message_at,
    'parties', jsonb_build_array(jsonb_build_object('id', c.first_id, 'delivered_seq', coalesce((SELECT max(p.delivered_seq) FROM messaging.pointer AS p
    WHERE p.conversation_id = c.id AND p.party_id = c.first_id), 0), 'read_seq', coalesce((SELECT max(p.read_seq) FROM messaging.pointer AS p
    WHERE p.conversation_id = c.id AND p.party_id = c.first_id), 0), 'sent_seq', coalesce((SELECT max(d.sent_seq) FROM messaging.delivery AS d
    WHERE d.conversation_id = c.id AND d.party_id = c.first_id), 0)), jsonb_build_object('id', c.second_id, 'delivered_seq', coalesce((SELECT max(p.delivered_seq) FROM messaging.pointer AS p
    WHERE p.conversation_id = c.id AND p.party_id = c.second_id), 0), 'read_seq', coalesce((SELECT max(p.read_seq) FROM messaging.pointer AS p
    WHERE p.conversation_id = c.id AND p.party_id = c.second_id), 0), 'sent_seq', coalesce((SELECT max(d.sent_seq) FROM messaging.delivery AS d
    WHERE d.conversation_id = c.id AND d.party_id = c.second_id), 0))),
    'members', coalesce((
        SELECT jsonb_agg(them.uid) FROM (
            SELECT a.uid FROM users.account AS a
            WHERE a.state <> 'erased' AND a.id = ANY (ARRAY(
                SELECT c.first_id UNION
                SELECT m.user_id FROM users.membership AS m
                WHERE m.business_id IN (c.first_id, c.second_id)))
            ORDER BY a.id LIMIT $1::INTEGER) AS them), '[]'))::text AS json
FROM messaging.conversation AS c WHERE c.id = $2::UUID
"""


def live_conversation(db: Connection, *, most: int, id: UUID) -> str | None:
    """Who may listen to a conversation, and how far it and its two sides have got."""
    result: str | None = db.value(_LIVE_CONVERSATION, most, id)
    return result


_PAGE_OF_LIVE = """
SELECT c.id::text AS key, c.id::text AS document FROM messaging.conversation AS c
WHERE c.id > CAST($1::VARCHAR AS uuid) ORDER BY c.id LIMIT $2::INTEGER
"""


class PageOfLiveRow(NamedTuple):
    """What `page_of_live` returns."""

    key: str
    document: str


def page_of_live(db: Connection, *, after: str, limit: int) -> list[PageOfLiveRow]:
    """Conversations and the ids of their documents."""
    return db.rows(PageOfLiveRow, _PAGE_OF_LIVE, after, limit)


_WINDOW = """
SELECT m.id, m.seq, m.sender_id, m.on_behalf_of, m.nonce, m.ciphertext, m.flags, m.version,
m.sent_at, m.edited_at, m.deleted_at, (
    SELECT jsonb_agg(jsonb_build_object(
        'id', a.id, 'content_type', a.content_type, 'size', a.size) ORDER BY a.id)::text
    FROM messaging.attachment AS a WHERE a.message_id = m.id AND a.purge_after IS NULL
) AS attachments FROM messaging.conversation AS c
    JOIN messaging.message AS m ON m.conversation_id = c.id
    WHERE c.id = $1::UUID AND m.seq BETWEEN $2::BIGINT AND $3::BIGINT
        AND m.seq > c.last_seq - $4::INTEGER
    ORDER BY m.seq DESC LIMIT $4::INTEGER
"""


class WindowRow(NamedTuple):
    """What `window` returns."""

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


def window(db: Connection, *, conversation_id: UUID, first: int, last: int, size: int) -> list[WindowRow]:
    """Messages between two numbers, those included, that are among the newest of a conversation."""
    return db.rows(WindowRow, _WINDOW, conversation_id, first, last, size)


_LAST_SEQ = """
SELECT last_seq FROM messaging.conversation WHERE id = $1::UUID
"""


def last_seq(db: Connection, *, conversation_id: UUID) -> int | None:
    """How many messages a conversation has."""
    result: int | None = db.value(_LAST_SEQ, conversation_id)
    return result


_CONVERSATIONS_OF = """
SELECT of_it.id FROM (
    SELECT c.id FROM messaging.conversation AS c
    WHERE c.first_id = $1::UUID AND c.id > $2::UUID
    UNION ALL
    SELECT c.id FROM messaging.conversation AS c
    WHERE c.second_id = $1::UUID AND c.id > $2::UUID
) AS of_it
ORDER BY of_it.id LIMIT $3::INTEGER
"""


class ConversationsOfRow(NamedTuple):
    """What `conversations_of` returns."""

    id: UUID


def conversations_of(db: Connection, *, party_id: UUID, after: UUID, limit: int) -> list[ConversationsOfRow]:
    """Conversations in which a person or a business takes part."""
    return db.rows(ConversationsOfRow, _CONVERSATIONS_OF, party_id, after, limit)
