"""Whom notifications name, and how that is taken back when they are forgotten."""

from shared.manifest.statements import BOOL, INT, TEXT, UUID_, rows, sql, value
from shared.tables.types import may

is_there = value(
    sql(
        "SELECT EXISTS (SELECT FROM users.public_business WHERE id = :business_id) AS there",
        business_id=UUID_,
    ).columns(there=BOOL),
    "Whether a business has not been forgotten.",
)

name_of = value(
    sql(
        """
        SELECT coalesce(
            (SELECT b.name FROM users.public_business AS b WHERE b.id = :id),
            (SELECT p.card::jsonb ->> 'name' FROM users.public_profile AS p WHERE p.user_id = :id)
        ) AS name
        """,
        id=UUID_,
    ).columns(may("name", TEXT)),
    "What a person or a business is called; None when it is not there any more.",
)

forget_connection = rows(
    sql(
        """
        WITH gone AS (
            DELETE FROM notifications.notification
            WHERE subject_id = :connection_id
                AND type IN ('connection_requested', 'connection_accepted', 'connection_expired')
            RETURNING user_id)
        SELECT a.id AS user_id, a.uid FROM users.account AS a
        WHERE a.id IN (SELECT user_id FROM gone) ORDER BY a.id
        """,
        connection_id=UUID_,
    ).columns(user_id=UUID_, uid=TEXT),
    "Take back what people were told of a connection; return who they are.",
)

forget_conversation = rows(
    sql(
        """
        WITH gone AS (
            DELETE FROM notifications.notification WHERE id IN (
                SELECT id FROM notifications.notification
                WHERE subject_id = :conversation_id AND type = 'messages_waiting' LIMIT :limit)
            RETURNING user_id)
        SELECT a.id AS user_id, a.uid FROM users.account AS a
        WHERE a.id IN (SELECT user_id FROM gone) ORDER BY a.id
        """,
        conversation_id=UUID_,
        limit=INT,
    ).columns(user_id=UUID_, uid=TEXT),
    "Take back some of what people were told of a conversation; return who they are.",
)
