"""Printed from _statements/purges.py by `python -m functions write`. Do not edit."""

from datetime import datetime

from shared.db import Connection


_TAKE_PURGE = """
SELECT pg_try_advisory_xact_lock(hashtextextended('platform.purge', 0)) AS mine
"""


def take_purge(db: Connection) -> bool | None:
    """Whether this transaction is the one that purges: two would wait for each other's rows."""
    result: bool | None = db.value(_TAKE_PURGE)
    return result


_PURGE_OUTBOX = """
DELETE FROM platform.outbox WHERE (id) IN (
    SELECT id FROM platform.outbox WHERE sent_at < $1::TIMESTAMP WITH TIME ZONE
    ORDER BY sent_at LIMIT $2::INTEGER)
AND sent_at < $1::TIMESTAMP WITH TIME ZONE
"""


def purge_outbox(db: Connection, *, before: datetime, limit: int) -> int:
    """Drop what the bus accepted long ago."""
    return db.done(_PURGE_OUTBOX, before, limit)


_PURGE_INBOX = """
DELETE FROM platform.inbox WHERE (handler, event_id) IN (
    SELECT handler, event_id FROM platform.inbox WHERE handled_at < $1::TIMESTAMP WITH TIME ZONE
    ORDER BY handled_at LIMIT $2::INTEGER)
AND handled_at < $1::TIMESTAMP WITH TIME ZONE
"""


def purge_inbox(db: Connection, *, before: datetime, limit: int) -> int:
    """Forget what was handled too long ago to come back."""
    return db.done(_PURGE_INBOX, before, limit)


_PURGE_IDEMPOTENCY_KEYS = """
DELETE FROM platform.idempotency_key WHERE (actor, operation, key) IN (
    SELECT actor, operation, key FROM platform.idempotency_key
    WHERE created_at >= $1::TIMESTAMP WITH TIME ZONE AND created_at < $2::TIMESTAMP WITH TIME ZONE AND NOT starts_with(key, 'sync:')
    ORDER BY created_at LIMIT $3::INTEGER)
"""


def purge_idempotency_keys(db: Connection, *, since: datetime, before: datetime, limit: int) -> int:
    """Forget idempotency keys, but not those of outboxes."""
    return db.done(_PURGE_IDEMPOTENCY_KEYS, since, before, limit)


_PURGE_OFFLINE_KEYS = """
DELETE FROM platform.idempotency_key WHERE (actor, operation, key) IN (
    SELECT actor, operation, key FROM platform.idempotency_key WHERE created_at < $1::TIMESTAMP WITH TIME ZONE
    ORDER BY created_at LIMIT $2::INTEGER)
AND created_at < $1::TIMESTAMP WITH TIME ZONE
"""


def purge_offline_keys(db: Connection, *, before: datetime, limit: int) -> int:
    """Forget the keys of old outboxes."""
    return db.done(_PURGE_OFFLINE_KEYS, before, limit)


_PURGE_QUOTA_HISTORY = """
DELETE FROM platform.quota_history WHERE (subject_id, metric, period, starts_on) IN (
    SELECT subject_id, metric, period, starts_on FROM platform.quota_history WHERE closed_at < $1::TIMESTAMP WITH TIME ZONE
    ORDER BY closed_at LIMIT $2::INTEGER)
AND closed_at < $1::TIMESTAMP WITH TIME ZONE
"""


def purge_quota_history(db: Connection, *, before: datetime, limit: int) -> int:
    """Forget how much was used long ago."""
    return db.done(_PURGE_QUOTA_HISTORY, before, limit)


_PURGE_CHANGES = """
DELETE FROM platform.change WHERE (id) IN (
    SELECT id FROM platform.change WHERE changed_at < $1::TIMESTAMP WITH TIME ZONE
    ORDER BY changed_at LIMIT $2::INTEGER)
AND changed_at < $1::TIMESTAMP WITH TIME ZONE
"""


def purge_changes(db: Connection, *, before: datetime, limit: int) -> int:
    """Drop changes that no cursor may still continue from."""
    return db.done(_PURGE_CHANGES, before, limit)


_PURGE_RATE_LIMITS = """
DELETE FROM platform.rate_limit WHERE (key) IN (
    SELECT key FROM platform.rate_limit WHERE full_at < $1::TIMESTAMP WITH TIME ZONE
    ORDER BY full_at LIMIT $2::INTEGER)
AND full_at < $1::TIMESTAMP WITH TIME ZONE
"""


def purge_rate_limits(db: Connection, *, before: datetime, limit: int) -> int:
    """Drop buckets that are full again, like those that never were."""
    return db.done(_PURGE_RATE_LIMITS, before, limit)
