"""Printed from _statements/feed.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_PEOPLE_BEHIND = """
SELECT m.user_id, a.uid, a.language
FROM users.membership AS m JOIN users.account AS a ON a.id = m.user_id
WHERE m.business_id = $1::UUID AND m.role IN ('owner', 'manager')
    AND a.state NOT IN ('erasing', 'erased')
ORDER BY m.role DESC, m.created_at, m.user_id LIMIT $2::INTEGER
"""


class PeopleBehindRow(NamedTuple):
    """What `people_behind` returns."""

    user_id: UUID
    uid: str
    language: str


def people_behind(db: Connection, *, business_id: UUID, limit: int) -> list[PeopleBehindRow]:
    """Owners and managers of a business, the owners first."""
    return db.rows(PeopleBehindRow, _PEOPLE_BEHIND, business_id, limit)


_INSERT_NOTIFICATIONS = """
INSERT INTO notifications.notification
    (id, user_id, type, subject_id, deduplication, language, title, body, parameters)
SELECT n.id, n.user_id, $1::VARCHAR, $2::UUID, $3::VARCHAR, n.language, n.title, n.body,
    CAST($4::VARCHAR AS jsonb)
FROM jsonb_to_recordset(CAST($5::VARCHAR AS jsonb))
    AS n(id uuid, user_id uuid, language text, title text, body text)
ON CONFLICT (user_id, deduplication) DO NOTHING RETURNING id
"""


class InsertNotificationsRow(NamedTuple):
    """What `insert_notifications` returns."""

    id: UUID


def insert_notifications(db: Connection, *, type: str, subject_id: UUID, deduplication: str, parameters: str, notifications: str) -> list[InsertNotificationsRow]:
    """Tell each person once, however often the fact is delivered; what is news to somebody."""
    return db.rows(InsertNotificationsRow, _INSERT_NOTIFICATIONS, type, subject_id, deduplication, parameters, notifications)


_PERSON = """
SELECT id AS user_id, uid, language FROM users.account
WHERE id = $1::UUID AND state NOT IN ('erasing', 'erased')
"""


class PersonRow(NamedTuple):
    """What `person` returns."""

    user_id: UUID
    uid: str
    language: str


def person(db: Connection, *, user_id: UUID) -> PersonRow | None:
    """Somebody who may be told; None when he is not there any more."""
    return db.maybe(PersonRow, _PERSON, user_id)


_EXPORT_PART = """
SELECT jsonb_build_object(
        'notifications.notification', jsonb_build_object('kept', 'as long as the account', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT user_id, type, subject_id, deduplication, language, title, body, parameters, created_at, read_at, id, version FROM notifications.notification WHERE user_id = $1::UUID) AS r) AS given)),
        'notifications.push', jsonb_build_object('kept', '30 days', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT install_id, outcome, at, notification_id FROM notifications.push WHERE notification_id IN (SELECT id FROM notifications.notification WHERE user_id = $1::UUID)) AS r) AS given)))::text AS json
"""


def export_part(db: Connection, *, user_id: UUID) -> str | None:
    """All that this service holds of a person, and nothing of anybody else."""
    result: str | None = db.value(_EXPORT_PART, user_id)
    return result


_DELETE_NOTIFICATIONS = """
DELETE FROM notifications.notification WHERE user_id = $1::UUID
"""


def delete_notifications(db: Connection, *, user_id: UUID) -> int:
    """Empty a person's inbox."""
    return db.done(_DELETE_NOTIFICATIONS, user_id)


_PAGE_OF_NOTIFICATIONS = """
SELECT '[' || coalesce(
            string_agg(item, ',' ORDER BY place) FILTER (WHERE place <= $1::INTEGER), '') || ']'
            AS items,
        max(created_at::text) FILTER (WHERE place = $1::INTEGER) AS last_key,
        max(id::text) FILTER (WHERE place = $1::INTEGER) AS last_id,
        count(*) > $1::INTEGER AS more
    FROM (
        SELECT jsonb_build_object(
'id', n.id, 'type', n.type, 'title', n.title, 'body', n.body, 'language', n.language,
'parameters', n.parameters, 'subject_id', n.subject_id, 'version', n.version,
'created_at', n.created_at, 'read_at', n.read_at)::text AS item, n.created_at, n.id,
            row_number() OVER (ORDER BY n.created_at DESC, n.id DESC) AS place
        FROM notifications.notification AS n
        WHERE n.user_id = $2::UUID AND (NOT $3::BOOLEAN OR n.read_at IS NULL)
            AND (n.created_at, n.id)
                < (CAST($4::VARCHAR AS timestamptz), CAST($5::VARCHAR AS uuid))
        ORDER BY n.created_at DESC, n.id DESC LIMIT CAST($1::INTEGER AS integer) + 1
    ) AS page
"""


class PageOfNotificationsRow(NamedTuple):
    """What `page_of_notifications` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_of_notifications(db: Connection, *, limit: int, user_id: UUID, unread_only: bool, before_key: str, before_id: str) -> PageOfNotificationsRow:
    """A person's notifications, the newest first."""
    return db.one(PageOfNotificationsRow, _PAGE_OF_NOTIFICATIONS, limit, user_id, unread_only, before_key, before_id)


_UNREAD = """
SELECT least(count(*), $1::INTEGER)::integer AS counted, count(*) > $1::INTEGER AS more
FROM (
    SELECT FROM notifications.notification
    WHERE user_id = $2::UUID AND read_at IS NULL LIMIT CAST($1::INTEGER AS integer) + 1
) AS first_ones
"""


class UnreadRow(NamedTuple):
    """What `unread` returns."""

    counted: int
    more: bool


def unread(db: Connection, *, limit: int, user_id: UUID) -> UnreadRow:
    """How many notifications a person has not read, counted up to a limit."""
    return db.one(UnreadRow, _UNREAD, limit, user_id)


_MARK_NOTIFICATION = """
UPDATE notifications.notification AS n
    SET read_at = CASE WHEN $1::BOOLEAN THEN CAST($2::TIMESTAMP WITH TIME ZONE AS timestamptz) END, version = n.version + 1
    WHERE n.id = $3::UUID AND n.user_id = $4::UUID AND (n.read_at IS NULL) = $1::BOOLEAN
    RETURNING jsonb_build_object(
'id', n.id, 'type', n.type, 'title', n.title, 'body', n.body, 'language', n.language,
'parameters', n.parameters, 'subject_id', n.subject_id, 'version', n.version,
'created_at', n.created_at, 'read_at', n.read_at)::text AS json
"""


def mark_notification(db: Connection, *, read: bool, now: datetime, id: UUID, user_id: UUID) -> str | None:
    """Mark one as read or unread; None when it is that already, or not the person's."""
    result: str | None = db.value(_MARK_NOTIFICATION, read, now, id, user_id)
    return result


_NOTIFICATION = """
SELECT jsonb_build_object(
'id', n.id, 'type', n.type, 'title', n.title, 'body', n.body, 'language', n.language,
'parameters', n.parameters, 'subject_id', n.subject_id, 'version', n.version,
'created_at', n.created_at, 'read_at', n.read_at)::text AS json FROM notifications.notification AS n
    WHERE n.id = $1::UUID AND n.user_id = $2::UUID
"""


def notification(db: Connection, *, id: UUID, user_id: UUID) -> str | None:
    """One of a person's notifications."""
    result: str | None = db.value(_NOTIFICATION, id, user_id)
    return result


_MARK_ALL_READ = """
WITH batch AS (
    SELECT id FROM notifications.notification
    WHERE user_id = $1::UUID AND read_at IS NULL AND created_at <= $2::TIMESTAMP WITH TIME ZONE
    ORDER BY created_at, id LIMIT $3::INTEGER FOR UPDATE SKIP LOCKED
)
UPDATE notifications.notification AS n
SET read_at = CAST($4::TIMESTAMP WITH TIME ZONE AS timestamptz), version = version + 1
FROM batch WHERE n.id = batch.id
"""


def mark_all_read(db: Connection, *, user_id: UUID, before: datetime, limit: int, now: datetime) -> int:
    """Mark a batch of a person's unread notifications, the oldest first."""
    return db.done(_MARK_ALL_READ, user_id, before, limit, now)


_INBOX = """
SELECT jsonb_build_object(
    'unread', least(u.counted, $1::INTEGER), 'more', u.counted > $1::INTEGER,
    'newest', coalesce(n.cards, '[]'))::text AS json
FROM users.account AS a
CROSS JOIN LATERAL (
    SELECT count(*) AS counted FROM (
        SELECT FROM notifications.notification AS n
        WHERE n.user_id = a.id AND n.read_at IS NULL
        LIMIT CAST($1::INTEGER AS integer) + 1) AS first_ones) AS u
CROSS JOIN LATERAL (
    SELECT jsonb_agg(to_jsonb(card) ORDER BY created_at DESC, id DESC) AS cards FROM (
        SELECT n.id, n.type, n.subject_id, n.language, n.title, n.body, n.created_at,
            n.read_at
        FROM notifications.notification AS n WHERE n.user_id = a.id
        ORDER BY n.created_at DESC, n.id DESC LIMIT $2::INTEGER) AS card) AS n
WHERE a.id = $3::UUID AND a.state <> 'erased'
"""


def inbox(db: Connection, *, counted: int, newest: int, user_id: UUID) -> str | None:
    """What a person's phone shows of his inbox; None when he is forgotten."""
    result: str | None = db.value(_INBOX, counted, newest, user_id)
    return result


_PAGE_OF_INBOXES = """
SELECT a.id::text AS key, a.uid AS document FROM users.account AS a
WHERE a.id > CAST($1::VARCHAR AS uuid) AND a.state <> 'erased' AND EXISTS (
    SELECT FROM notifications.notification AS n WHERE n.user_id = a.id)
ORDER BY a.id LIMIT $2::INTEGER
"""


class PageOfInboxesRow(NamedTuple):
    """What `page_of_inboxes` returns."""

    key: str
    document: str


def page_of_inboxes(db: Connection, *, after: str, limit: int) -> list[PageOfInboxesRow]:
    """People who have an inbox, and the ids of their documents."""
    return db.rows(PageOfInboxesRow, _PAGE_OF_INBOXES, after, limit)
