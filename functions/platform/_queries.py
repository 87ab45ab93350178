"""Printed from _statements.py by `python -m functions write`. Do not edit."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_READY = """
SELECT 1 AS answer
"""


def ready(db: Connection) -> int | None:
    """Whether the database answers."""
    result: int | None = db.value(_READY)
    return result


_POSITION = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, (SELECT system_identifier::text FROM pg_control_system())
            || '.' || left(pg_walfile_name(pg_current_wal_lsn()), 8) AS epoch
"""


class PositionRow(NamedTuple):
    """What `position` returns."""

    horizon: str
    epoch: str


def position(db: Connection) -> PositionRow:
    """Where the change feed ends now."""
    return db.one(PositionRow, _POSITION)


_CHANGES_SINCE = """
SELECT '[' || coalesce(string_agg(jsonb_build_object('entity', entity,
        'entity_id', entity_id, 'operation', operation, 'version', version)::text, ','
        ORDER BY transaction, id) FILTER (WHERE nth_last = 1), '') || ']' AS items,
    count(*)::integer AS found,
    (array_agg(transaction::text ORDER BY transaction DESC, id DESC))[1]
        AS last_transaction,
    (array_agg(id ORDER BY transaction DESC, id DESC))[1] AS last_id,
    (array_agg(changed_at ORDER BY transaction DESC, id DESC))[1] AS last_changed_at,
    pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, (SELECT system_identifier::text FROM pg_control_system())
    || '.' || left(pg_walfile_name(pg_current_wal_lsn()), 8) AS epoch
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY entity, entity_id ORDER BY transaction DESC, id DESC) AS nth_last
    FROM (
        SELECT own.* FROM unnest(CAST($1::UUID[] AS uuid[])) AS mine (audience)
        CROSS JOIN LATERAL (
            SELECT c.* FROM platform.change AS c
            WHERE c.audience = mine.audience
                AND (c.transaction, c.id)
                    > (CAST($2::VARCHAR AS xid8), CAST($3::BIGINT AS bigint))
                AND c.transaction < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY c.transaction, c.id LIMIT $4::INTEGER) AS own
        ORDER BY own.transaction, own.id LIMIT $4::INTEGER
    ) AS page
) AS numbered
"""


class ChangesSinceRow(NamedTuple):
    """What `changes_since` returns."""

    items: str
    found: int
    last_transaction: str | None
    last_id: int | None
    last_changed_at: datetime | None
    horizon: str
    epoch: str


def changes_since(db: Connection, *, audiences: list[UUID], after_transaction: str, after_id: int, limit: int) -> ChangesSinceRow:
    """Finished changes for some audiences in the order of transactions, the last of each entity."""
    return db.one(ChangesSinceRow, _CHANGES_SINCE, audiences, after_transaction, after_id, limit)


_CLOSE_QUOTAS = """
WITH closed AS (
    DELETE FROM platform.quota_window AS w USING (
        SELECT subject_id, metric, period, starts_on FROM platform.quota_window
        WHERE ends_at <= $1::TIMESTAMP WITH TIME ZONE ORDER BY ends_at, subject_id
        LIMIT $2::INTEGER FOR UPDATE SKIP LOCKED) AS due
    WHERE (w.subject_id, w.metric, w.period, w.starts_on)
        = (due.subject_id, due.metric, due.period, due.starts_on)
    RETURNING w.*
), kept AS (
    INSERT INTO platform.quota_history AS h
        (subject_id, metric, period, starts_on, used, allowed)
    SELECT subject_id, metric, period, starts_on, used, allowed FROM closed
    ON CONFLICT (subject_id, metric, period, starts_on) DO UPDATE
    SET used = h.used + excluded.used, allowed = excluded.allowed
)
SELECT subject_id, metric, period, starts_on, used >= allowed AS used_up FROM closed
"""


class CloseQuotasRow(NamedTuple):
    """What `close_quotas` returns."""

    subject_id: UUID
    metric: str
    period: str
    starts_on: date
    used_up: bool


def close_quotas(db: Connection, *, before: datetime, limit: int) -> list[CloseQuotasRow]:
    """Put windows that are over into the history."""
    return db.rows(CloseQuotasRow, _CLOSE_QUOTAS, before, limit)


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
    SELECT actor, operation, key FROM platform.idempotency_key WHERE created_at < $1::TIMESTAMP WITH TIME ZONE
    ORDER BY created_at LIMIT $2::INTEGER)
AND created_at < $1::TIMESTAMP WITH TIME ZONE
"""


def purge_idempotency_keys(db: Connection, *, before: datetime, limit: int) -> int:
    """Forget old idempotency keys."""
    return db.done(_PURGE_IDEMPOTENCY_KEYS, before, limit)


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


_TAKE_AUDIT_WALK = """
SELECT pg_try_advisory_xact_lock(hashtextextended('platform.audit', 0)) AS mine
"""


def take_audit_walk(db: Connection) -> bool | None:
    """Whether this transaction is the one that walks the audit log."""
    result: bool | None = db.value(_TAKE_AUDIT_WALK)
    return result


_AUDIT_CHAINS = """
SELECT chain, coalesce(p.seen, 0) AS seen, coalesce(p.seen_hash, '') AS seen_hash,
    p.lap_at, coalesce(p.walked, 0) AS walked, coalesce(p.walked_hash, '') AS walked_hash,
    p.reported_at
FROM (SELECT chain FROM platform.audit_chain
    UNION SELECT chain FROM platform.audit_checkpoint) AS known
LEFT JOIN platform.audit_checkpoint AS p USING (chain) ORDER BY chain LIMIT 100
"""


class AuditChainsRow(NamedTuple):
    """What `audit_chains` returns."""

    chain: str
    seen: int
    seen_hash: bytes
    lap_at: datetime | None
    walked: int
    walked_hash: bytes
    reported_at: datetime | None


def audit_chains(db: Connection) -> list[AuditChainsRow]:
    """The chains of the audit log, and how far each was verified; a service has one."""
    return db.rows(AuditChainsRow, _AUDIT_CHAINS)


_AUDIT_STRETCH = """
SELECT count(*) AS found, max(seq) AS last_seq,
    (array_agg(hash ORDER BY seq DESC))[1] AS last_hash,
    min(seq) FILTER (WHERE NOT (intact AND seq = due AND previous = due_previous))
        AS broken,
    (SELECT entries FROM platform.audit_chain WHERE chain = $1::VARCHAR) AS head_seq,
    (SELECT hash FROM platform.audit_chain WHERE chain = $1::VARCHAR) AS head_hash,
    (SELECT hash FROM platform.audit_entry WHERE chain = $1::VARCHAR AND seq = $2::BIGINT)
        AS seen_hash
FROM (
    SELECT seq, hash, previous, intact, lag(seq, 1, $3::BIGINT) OVER (ORDER BY seq) + 1 AS due,
        lag(hash, 1, $4::BYTEA) OVER (ORDER BY seq) AS due_previous
    FROM (
        SELECT e.seq, e.hash, e.previous, platform.audit_hash(e) = e.hash AS intact
        FROM platform.audit_entry AS e WHERE e.chain = $1::VARCHAR AND e.seq > $3::BIGINT
        ORDER BY e.seq LIMIT $5::INTEGER) AS stretch
) AS walk
"""


class AuditStretchRow(NamedTuple):
    """What `audit_stretch` returns."""

    found: int
    last_seq: int | None
    last_hash: bytes | None
    broken: int | None
    head_seq: int | None
    head_hash: bytes | None
    seen_hash: bytes | None


def audit_stretch(db: Connection, *, chain: str, seen: int, walked: int, walked_hash: bytes, limit: int) -> AuditStretchRow:
    """The next entries of a chain, judged: the first that does not follow from the one before it."""
    return db.one(AuditStretchRow, _AUDIT_STRETCH, chain, seen, walked, walked_hash, limit)


_PUT_AUDIT_CHECKPOINT = """
INSERT INTO platform.audit_checkpoint
    (chain, seen, seen_hash, lap_at, walked, walked_hash, reported_at)
VALUES ($1::VARCHAR, $2::BIGINT, $3::BYTEA, $4::TIMESTAMP WITH TIME ZONE, $5::BIGINT, $6::BYTEA, $7::TIMESTAMP WITH TIME ZONE)
ON CONFLICT (chain) DO UPDATE SET seen = excluded.seen, seen_hash = excluded.seen_hash,
    lap_at = excluded.lap_at, walked = excluded.walked,
    walked_hash = excluded.walked_hash, reported_at = excluded.reported_at
"""


def put_audit_checkpoint(db: Connection, *, chain: str, seen: int, seen_hash: bytes, lap_at: datetime, walked: int, walked_hash: bytes, reported_at: datetime | None) -> int:
    """Note how far a chain was verified."""
    return db.done(_PUT_AUDIT_CHECKPOINT, chain, seen, seen_hash, lap_at, walked, walked_hash, reported_at)
