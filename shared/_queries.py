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


_TAKE_RUN = """
SELECT platform.take_run($1::VARCHAR, $2::UUID) AS to_do
"""


def take_run(db: Connection, *, job: str, run: UUID) -> bool | None:
    """Wait for whoever is at work on a run of a job; tell whether it is still to be done."""
    result: bool | None = db.value(_TAKE_RUN, job, run)
    return result


_KEEP_FAILED_TASK = """
INSERT INTO platform.failed_task (id, queue, function, body, error, attempts) VALUES ($1::UUID, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::VARCHAR, $6::INTEGER)
"""


def keep_failed_task(db: Connection, *, id: UUID, queue: str, function: str, body: str, error: str, attempts: int) -> int:
    """Keep a task whose last attempt failed, for an operator to replay."""
    return db.done(_KEEP_FAILED_TASK, id, queue, function, body, error, attempts)


_PROJECTION_OF = """
SELECT document, version FROM platform.projection_of($1::VARCHAR, $2::VARCHAR, $3::UUID)
"""


class ProjectionOfRow(NamedTuple):
    """What `projection_of` returns."""

    document: str
    version: int


def projection_of(db: Connection, *, task: str, key: str, turn: UUID) -> ProjectionOfRow | None:
    """The document that a task is to write, and its version; None when it is another task's turn."""
    return db.maybe(ProjectionOfRow, _PROJECTION_OF, task, key, turn)
