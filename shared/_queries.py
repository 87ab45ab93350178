"""Printed from _statements.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_MARK_SENT = """
UPDATE platform.outbox SET sent_at = clock_timestamp() WHERE id = ANY($1::UUID[]) AND sent_at IS NULL
"""


def mark_sent(db: Connection, *, ids: list[UUID]) -> int:
    """Mark what the bus has accepted."""
    return db.done(_MARK_SENT, ids)


_LOCK_UNSENT = """
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended('platform.outbox', 0)) AS mine)
SELECT id, kind, topic, type, ordering_key, due_at, body, traceparent FROM platform.outbox
WHERE (SELECT mine FROM turn) AND sent_at IS NULL AND created_at < $1::TIMESTAMP WITH TIME ZONE
ORDER BY seq LIMIT $2::INTEGER FOR UPDATE SKIP LOCKED
"""


class LockUnsentRow(NamedTuple):
    """What `lock_unsent` returns."""

    id: UUID
    kind: str
    topic: str
    type: str
    ordering_key: str | None
    due_at: datetime | None
    body: str
    traceparent: str | None


def lock_unsent(db: Connection, *, before: datetime, limit: int) -> list[LockUnsentRow]:
    """The oldest rows that the bus has not got yet, locked; none while another relay works."""
    return db.rows(LockUnsentRow, _LOCK_UNSENT, before, limit)


_CLAIM_EVENT = """
INSERT INTO platform.inbox (handler, event_id) VALUES ($1::VARCHAR, $2::UUID) ON CONFLICT DO NOTHING
"""


def claim_event(db: Connection, *, handler: str, event_id: UUID) -> int:
    """Note that a handler takes an event; 0 when it already has."""
    return db.done(_CLAIM_EVENT, handler, event_id)


_CLAIM_KEY = """
INSERT INTO platform.idempotency_key (actor, operation, key, request_hash) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::BYTEA) ON CONFLICT DO NOTHING
"""


def claim_key(db: Connection, *, actor: str, operation: str, key: str, request_hash: bytes) -> int:
    """Claim an idempotency key; waits for a twin that is still at work, 0 when it is taken."""
    return db.done(_CLAIM_KEY, actor, operation, key, request_hash)


_CLAIMED_ANSWER = """
SELECT platform.idempotency_key.request_hash, platform.idempotency_key.status, platform.idempotency_key.headers, platform.idempotency_key.body
FROM platform.idempotency_key
WHERE platform.idempotency_key.actor = $1::VARCHAR AND platform.idempotency_key.operation = $2::VARCHAR AND platform.idempotency_key.key = $3::VARCHAR
"""


class ClaimedAnswerRow(NamedTuple):
    """What `claimed_answer` returns."""

    request_hash: bytes
    status: int | None
    headers: object
    body: str | None


def claimed_answer(db: Connection, *, actor: str, operation: str, key: str) -> ClaimedAnswerRow | None:
    """The answer that was given under a key."""
    return db.maybe(ClaimedAnswerRow, _CLAIMED_ANSWER, actor, operation, key)


_STORE_ANSWER = """
UPDATE platform.idempotency_key SET status=$1::INTEGER, headers=$2::JSONB, body=$3::VARCHAR WHERE platform.idempotency_key.actor = $4::VARCHAR AND platform.idempotency_key.operation = $5::VARCHAR AND platform.idempotency_key.key = $6::VARCHAR
"""


def store_answer(db: Connection, *, status: int, headers: object, body: str, b_actor: str, b_operation: str, b_key: str) -> int:
    """Keep the answer under its key, in the transaction that made it."""
    return db.done(_STORE_ANSWER, status, headers, body, b_actor, b_operation, b_key)


_KEEP_FAILED_TASK = """
INSERT INTO platform.failed_task (id, queue, function, body, error, attempts) VALUES ($1::UUID, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::VARCHAR, $6::INTEGER)
"""


def keep_failed_task(db: Connection, *, id: UUID, queue: str, function: str, body: str, error: str, attempts: int) -> int:
    """Keep a task whose last attempt failed, for an operator to replay."""
    return db.done(_KEEP_FAILED_TASK, id, queue, function, body, error, attempts)
