"""Printed from _statements/named.py by `python -m functions write`. Do not edit."""

from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_IS_THERE = """
SELECT EXISTS (SELECT FROM users.public_business WHERE id = $1::UUID) AS there
"""


def is_there(db: Connection, *, business_id: UUID) -> bool | None:
    """Whether a business has not been forgotten."""
    result: bool | None = db.value(_IS_THERE, business_id)
    return result


_NAME_OF = """
SELECT coalesce(
    (SELECT b.name FROM users.public_business AS b WHERE b.id = $1::UUID),
    (SELECT p.card::jsonb ->> 'name' FROM users.public_profile AS p WHERE p.user_id = $1::UUID)
) AS name
"""


def name_of(db: Connection, *, id: UUID) -> str | None:
    """What a person or a business is called; None when it is not there any more."""
    result: str | None = db.value(_NAME_OF, id)
    return result


_FORGET_CONNECTION = """
WITH gone AS (
    DELETE FROM notifications.notification
    WHERE subject_id = $1::UUID
        AND type IN ('connection_requested', 'connection_accepted', 'connection_expired')
    RETURNING user_id)
SELECT a.id AS user_id, a.uid FROM users.account AS a
WHERE a.id IN (SELECT user_id FROM gone) ORDER BY a.id
"""


class ForgetConnectionRow(NamedTuple):
    """What `forget_connection` returns."""

    user_id: UUID
    uid: str


def forget_connection(db: Connection, *, connection_id: UUID) -> list[ForgetConnectionRow]:
    """Take back what people were told of a connection; return who they are."""
    return db.rows(ForgetConnectionRow, _FORGET_CONNECTION, connection_id)


_FORGET_CONVERSATION = """
WITH gone AS (
    DELETE FROM notifications.notification WHERE id IN (
        SELECT id FROM notifications.notification
        WHERE subject_id = $1::UUID AND type = 'messages_waiting' LIMIT $2::INTEGER)
    RETURNING user_id)
SELECT a.id AS user_id, a.uid FROM users.account AS a
WHERE a.id IN (SELECT user_id FROM gone) ORDER BY a.id
"""


class ForgetConversationRow(NamedTuple):
    """What `forget_conversation` returns."""

    user_id: UUID
    uid: str


def forget_conversation(db: Connection, *, conversation_id: UUID, limit: int) -> list[ForgetConversationRow]:
    """Take back some of what people were told of a conversation; return who they are."""
    return db.rows(ForgetConversationRow, _FORGET_CONVERSATION, conversation_id, limit)
