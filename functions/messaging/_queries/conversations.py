"""Printed from _statements/conversations.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_IS_BUSINESS = """
SELECT EXISTS (SELECT FROM users.public_business WHERE id = $1::UUID) AS known
"""


def is_business(db: Connection, *, id: UUID) -> bool | None:
    """Whether there is such a business for anybody to write to."""
    result: bool | None = db.value(_IS_BUSINESS, id)
    return result


_OPEN_CONVERSATION = """
INSERT INTO messaging.conversation
    (id, kind, first_id, second_id, opened_by, last_message_at, wrapped_key, key_id)
VALUES ($1::UUID, $2::VARCHAR, $3::UUID, $4::UUID, $5::UUID, $6::TIMESTAMP WITH TIME ZONE, $7::BYTEA, $8::VARCHAR)
ON CONFLICT (first_id, second_id, kind) DO NOTHING RETURNING id
"""


def open_conversation(db: Connection, *, id: UUID, kind: str, first_id: UUID, second_id: UUID, opened_by: UUID, now: datetime, wrapped_key: bytes, key_id: str) -> UUID | None:
    """Open the conversation of two parties; None when they have one."""
    result: UUID | None = db.value(_OPEN_CONVERSATION, id, kind, first_id, second_id, opened_by, now, wrapped_key, key_id)
    return result


_CONVERSATION_OF = """
SELECT id FROM messaging.conversation
WHERE first_id = $1::UUID AND second_id = $2::UUID AND kind = $3::VARCHAR
"""


def conversation_of(db: Connection, *, first_id: UUID, second_id: UUID, kind: str) -> UUID | None:
    """The conversation that two parties have."""
    result: UUID | None = db.value(_CONVERSATION_OF, first_id, second_id, kind)
    return result


_CONVERSATION = """
SELECT c.id, c.kind, c.first_id, c.second_id, c.opened_by, c.last_seq, c.last_message_at,
c.created_at, c.wrapped_key, c.key_id, CASE WHEN c.kind <> 'business' THEN (
    SELECT p.card::jsonb ->> 'name' FROM users.public_profile AS p WHERE p.user_id = c.first_id)
ELSE (SELECT b.name FROM users.public_business AS b WHERE b.id = c.first_id) END AS first_name,
(SELECT b.name FROM users.public_business AS b WHERE b.id = c.second_id) AS second_name,
coalesce(p.delivered_seq, 0) AS delivered_seq, coalesce(p.read_seq, 0) AS read_seq,
c.last_seq - coalesce(p.read_seq, 0) - coalesce(p.sent - p.sent_read, 0) AS unread,
m.id AS message_id, m.sender_id, m.version, m.nonce, m.ciphertext, m.sent_at,
s.state AS support_state, s.waiting_since, (SELECT min(k.due_at)
    FROM messaging.support_clock AS k WHERE k.conversation_id = s.conversation_id
        AND k.kind <> 'resolution') AS answer_by, s.agent_id, (SELECT a.card::jsonb ->> 'name'
    FROM users.public_profile AS a WHERE a.user_id = s.agent_id) AS agent_name, coalesce(o.delivered_seq, 0) AS other_delivered_seq,
        coalesce(o.read_seq, 0) AS other_read_seq
    FROM messaging.conversation AS c LEFT JOIN messaging.support_case AS s ON s.conversation_id = c.id
LEFT JOIN messaging.pointer AS p
    ON p.conversation_id = c.id AND p.user_id = $1::UUID
LEFT JOIN messaging.message AS m ON m.conversation_id = c.id AND m.seq = c.last_seq
    LEFT JOIN LATERAL (
        SELECT max(q.delivered_seq) AS delivered_seq, max(q.read_seq) AS read_seq
        FROM messaging.pointer AS q WHERE q.conversation_id = c.id AND q.party_id = CASE
            WHEN c.first_id = ANY (CAST($2::UUID[] AS uuid[])) THEN c.second_id ELSE c.first_id END
    ) AS o ON true
    WHERE c.id = $3::UUID
"""


class ConversationRow(NamedTuple):
    """What `conversation` returns."""

    id: UUID
    kind: str
    first_id: UUID
    second_id: UUID
    opened_by: UUID
    last_seq: int
    last_message_at: datetime
    created_at: datetime
    wrapped_key: bytes
    key_id: str
    first_name: str | None
    second_name: str | None
    delivered_seq: int
    read_seq: int
    unread: int
    message_id: UUID | None
    sender_id: UUID | None
    version: int | None
    nonce: bytes | None
    ciphertext: bytes | None
    sent_at: datetime | None
    support_state: str | None
    waiting_since: datetime | None
    answer_by: datetime | None
    agent_id: UUID | None
    agent_name: str | None
    other_delivered_seq: int
    other_read_seq: int


def conversation(db: Connection, *, user_id: UUID, mine: list[UUID], id: UUID) -> ConversationRow | None:
    """A conversation as one who takes part in it sees it."""
    return db.maybe(ConversationRow, _CONVERSATION, user_id, mine, id)


_PAGE_OF_CONVERSATIONS = """
SELECT c.id, c.kind, c.first_id, c.second_id, c.opened_by, c.last_seq, c.last_message_at,
c.created_at, c.wrapped_key, c.key_id, CASE WHEN c.kind <> 'business' THEN (
    SELECT p.card::jsonb ->> 'name' FROM users.public_profile AS p WHERE p.user_id = c.first_id)
ELSE (SELECT b.name FROM users.public_business AS b WHERE b.id = c.first_id) END AS first_name,
(SELECT b.name FROM users.public_business AS b WHERE b.id = c.second_id) AS second_name,
coalesce(p.delivered_seq, 0) AS delivered_seq, coalesce(p.read_seq, 0) AS read_seq,
c.last_seq - coalesce(p.read_seq, 0) - coalesce(p.sent - p.sent_read, 0) AS unread,
m.id AS message_id, m.sender_id, m.version, m.nonce, m.ciphertext, m.sent_at,
s.state AS support_state, s.waiting_since, (SELECT min(k.due_at)
    FROM messaging.support_clock AS k WHERE k.conversation_id = s.conversation_id
        AND k.kind <> 'resolution') AS answer_by, s.agent_id, (SELECT a.card::jsonb ->> 'name'
    FROM users.public_profile AS a WHERE a.user_id = s.agent_id) AS agent_name FROM (
        SELECT found.id FROM unnest(CAST($1::UUID[] AS uuid[])) AS mine (id) CROSS JOIN LATERAL (
            (SELECT c.id, c.last_message_at FROM messaging.conversation AS c
    WHERE c.first_id = mine.id
        AND (c.last_seq > 0 OR c.opened_by = mine.id OR c.kind = 'support')
        AND (c.last_message_at, c.id) < (CAST($2::VARCHAR AS timestamptz), CAST($3::VARCHAR AS uuid))
    ORDER BY c.last_message_at DESC, c.id DESC LIMIT CAST($4::INTEGER AS integer) + 1) UNION ALL (SELECT c.id, c.last_message_at FROM messaging.conversation AS c
    WHERE c.second_id = mine.id
        AND (c.last_seq > 0 OR c.opened_by = mine.id OR c.kind = 'support')
        AND (c.last_message_at, c.id) < (CAST($2::VARCHAR AS timestamptz), CAST($3::VARCHAR AS uuid))
    ORDER BY c.last_message_at DESC, c.id DESC LIMIT CAST($4::INTEGER AS integer) + 1)) AS found
        GROUP BY found.id, found.last_message_at
        ORDER BY found.last_message_at DESC, found.id DESC
        LIMIT CAST($4::INTEGER AS integer) + 1
    ) AS page JOIN messaging.conversation AS c ON c.id = page.id LEFT JOIN messaging.support_case AS s ON s.conversation_id = c.id
LEFT JOIN messaging.pointer AS p
    ON p.conversation_id = c.id AND p.user_id = $5::UUID
LEFT JOIN messaging.message AS m ON m.conversation_id = c.id AND m.seq = c.last_seq
    ORDER BY c.last_message_at DESC, c.id DESC LIMIT CAST($4::INTEGER AS integer) + 1
"""


class PageOfConversationsRow(NamedTuple):
    """What `page_of_conversations` returns."""

    id: UUID
    kind: str
    first_id: UUID
    second_id: UUID
    opened_by: UUID
    last_seq: int
    last_message_at: datetime
    created_at: datetime
    wrapped_key: bytes
    key_id: str
    first_name: str | None
    second_name: str | None
    delivered_seq: int
    read_seq: int
    unread: int
    message_id: UUID | None
    sender_id: UUID | None
    version: int | None
    nonce: bytes | None
    ciphertext: bytes | None
    sent_at: datetime | None
    support_state: str | None
    waiting_since: datetime | None
    answer_by: datetime | None
    agent_id: UUID | None
    agent_name: str | None


def page_of_conversations(db: Connection, *, mine: list[UUID], after_key: str, after_id: str, limit: int, user_id: UUID) -> list[PageOfConversationsRow]:
    """Conversations in which somebody takes part, by the newest message, and one more."""
    return db.rows(PageOfConversationsRow, _PAGE_OF_CONVERSATIONS, mine, after_key, after_id, limit, user_id)


_CONVERSATION_KEY = """
SELECT id, key_id, wrapped_key FROM messaging.conversation WHERE id = $1::UUID
"""


class ConversationKeyRow(NamedTuple):
    """What `conversation_key` returns."""

    id: UUID
    key_id: str
    wrapped_key: bytes


def conversation_key(db: Connection, *, id: UUID) -> ConversationKeyRow | None:
    """What opens the messages of a conversation, for one who takes part in it."""
    return db.maybe(ConversationKeyRow, _CONVERSATION_KEY, id)


_CONNECTION = """
SELECT requester_id, receiver_id, state FROM bizconnect.connection WHERE id = $1::UUID
"""


class ConnectionRow(NamedTuple):
    """What `connection` returns."""

    requester_id: UUID
    receiver_id: UUID
    state: str


def connection(db: Connection, *, id: UUID) -> ConnectionRow | None:
    """A connection of a business of the caller's."""
    return db.maybe(ConnectionRow, _CONNECTION, id)


_LOCK_CONVERSATION = """
SELECT c.id, c.kind, c.first_id, c.second_id, c.opened_by, c.last_seq, c.last_message_at,
        c.key_id, c.wrapped_key,
        (EXISTS (SELECT FROM users.public_profile AS p WHERE p.user_id = c.first_id)
            OR (EXISTS (SELECT FROM users.public_business AS b WHERE b.id = c.first_id))) AS first_is_there,
        (EXISTS (SELECT FROM users.public_business AS b WHERE b.id = c.second_id)) AS second_is_there, b.plan, coalesce((
SELECT CASE n.state WHEN 'accepted' THEN 'connected' WHEN 'removed' THEN 'removed'
    WHEN 'blocked' THEN 'blocked' END
FROM bizconnect.connection AS n
WHERE least(n.requester_id, n.receiver_id) = c.first_id
    AND greatest(n.requester_id, n.receiver_id) = c.second_id), 'none') AS relation
    FROM messaging.conversation AS c
    LEFT JOIN users.business AS b ON b.id = CASE
        WHEN c.first_id = ANY (CAST($1::UUID[] AS uuid[])) THEN c.first_id ELSE c.second_id END
    WHERE c.id = $2::UUID FOR UPDATE OF c
"""


class LockConversationRow(NamedTuple):
    """What `lock_conversation` returns."""

    id: UUID
    kind: str
    first_id: UUID
    second_id: UUID
    opened_by: UUID
    last_seq: int
    last_message_at: datetime
    key_id: str
    wrapped_key: bytes
    first_is_there: bool
    second_is_there: bool
    plan: str | None
    relation: str


def lock_conversation(db: Connection, *, mine: list[UUID], id: UUID) -> LockConversationRow | None:
    """A conversation and what decides on who may write in it, locked until this transaction ends."""
    return db.maybe(LockConversationRow, _LOCK_CONVERSATION, mine, id)
