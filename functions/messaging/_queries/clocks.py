"""Printed from _statements/clocks.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_PROMISES = """
SELECT calendar, escalation FROM messaging.promises_of($1::UUID)
"""


class PromisesRow(NamedTuple):
    """What `promises` returns."""

    calendar: str | None
    escalation: str


def promises(db: Connection, *, business_id: UUID) -> PromisesRow | None:
    """What a business promises, and when it works; None when it never said."""
    return db.maybe(PromisesRow, _PROMISES, business_id)


_CLOCKS = """
SELECT k.conversation_id, k.kind, k.business_id, k.round, k.target_seconds, k.spent_seconds, k.started_at, k.due_at, k.step, k.next_at, k.missed_at FROM messaging.support_clock AS k WHERE k.conversation_id = $1::UUID
ORDER BY k.kind LIMIT 3 FOR UPDATE
"""


class ClocksRow(NamedTuple):
    """What `clocks` returns."""

    conversation_id: UUID
    kind: str
    business_id: UUID
    round: int
    target_seconds: int
    spent_seconds: int
    started_at: datetime | None
    due_at: datetime | None
    step: int
    next_at: datetime | None
    missed_at: datetime | None


def clocks(db: Connection, *, id: UUID) -> list[ClocksRow]:
    """The clocks of a conversation, locked."""
    return db.rows(ClocksRow, _CLOCKS, id)


_PUT_CLOCK = """
INSERT INTO messaging.support_clock AS k (conversation_id, kind, business_id, round,
    target_seconds, spent_seconds, started_at, due_at, step, next_at, missed_at)
VALUES ($1::UUID, $2::VARCHAR, $3::UUID, $4::INTEGER, $5::INTEGER, $6::INTEGER,
    $7::TIMESTAMP WITH TIME ZONE, $8::TIMESTAMP WITH TIME ZONE, $9::INTEGER, $10::TIMESTAMP WITH TIME ZONE, $11::TIMESTAMP WITH TIME ZONE)
ON CONFLICT (conversation_id, kind) DO UPDATE SET round = excluded.round,
    target_seconds = excluded.target_seconds, spent_seconds = excluded.spent_seconds,
    started_at = excluded.started_at, due_at = excluded.due_at, step = excluded.step,
    next_at = excluded.next_at, missed_at = excluded.missed_at
"""


def put_clock(db: Connection, *, conversation_id: UUID, kind: str, business_id: UUID, round: int, target_seconds: int, spent_seconds: int, started_at: datetime | None, due_at: datetime | None, step: int, next_at: datetime | None, missed_at: datetime | None) -> int:
    """Have a clock stand so."""
    return db.done(_PUT_CLOCK, conversation_id, kind, business_id, round, target_seconds, spent_seconds, started_at, due_at, step, next_at, missed_at)


_STEP_CLOCK = """
UPDATE messaging.support_clock
SET step = $1::INTEGER, next_at = $2::TIMESTAMP WITH TIME ZONE, missed_at = $3::TIMESTAMP WITH TIME ZONE
WHERE conversation_id = $4::UUID AND kind = $5::VARCHAR
"""


def step_clock(db: Connection, *, step: int, next_at: datetime | None, missed_at: datetime | None, conversation_id: UUID, kind: str) -> int:
    """Note whom a missed promise was told to, and when somebody else is."""
    return db.done(_STEP_CLOCK, step, next_at, missed_at, conversation_id, kind)


_LOCK_DUE_CLOCKS = """
SELECT k.conversation_id, k.kind, k.business_id, k.round, k.target_seconds, k.spent_seconds, k.started_at, k.due_at, k.step, k.next_at, k.missed_at, c.agent_id, t.calendar::text AS calendar,
    t.escalation::text AS escalation, ARRAY(
        SELECT a.user_id FROM messaging.agent AS a
        WHERE a.business_id = k.business_id AND a.leads ORDER BY a.user_id LIMIT 200
    ) AS leads
FROM messaging.support_clock AS k
JOIN messaging.support_case AS c ON c.conversation_id = k.conversation_id
LEFT JOIN messaging.team AS t ON t.business_id = k.business_id
WHERE k.next_at <= $1::TIMESTAMP WITH TIME ZONE
ORDER BY k.next_at, k.conversation_id LIMIT $2::INTEGER FOR UPDATE OF k SKIP LOCKED
"""


class LockDueClocksRow(NamedTuple):
    """What `lock_due_clocks` returns."""

    conversation_id: UUID
    kind: str
    business_id: UUID
    round: int
    target_seconds: int
    spent_seconds: int
    started_at: datetime | None
    due_at: datetime | None
    step: int
    next_at: datetime | None
    missed_at: datetime | None
    agent_id: UUID | None
    calendar: str | None
    escalation: str | None
    leads: list[UUID]


def lock_due_clocks(db: Connection, *, now: datetime, limit: int) -> list[LockDueClocksRow]:
    """Clocks at which somebody is to be told, and who there is; those that are being set are left."""
    return db.rows(LockDueClocksRow, _LOCK_DUE_CLOCKS, now, limit)


_LEADS = """
SELECT user_id FROM messaging.agent WHERE business_id = $1::UUID AND leads
ORDER BY user_id LIMIT 200
"""


class LeadsRow(NamedTuple):
    """What `leads` returns."""

    user_id: UUID


def leads(db: Connection, *, business_id: UUID) -> list[LeadsRow]:
    """Who leads a team."""
    return db.rows(LeadsRow, _LEADS, business_id)


_STOP_CLOCKS = """
UPDATE messaging.support_clock SET started_at = NULL, due_at = NULL, next_at = NULL
WHERE started_at IS NOT NULL AND conversation_id IN (
    SELECT conversation_id FROM messaging.support_case
    WHERE customer_id = $1::UUID AND business_id = $2::UUID)
"""


def stop_clocks(db: Connection, *, user_id: UUID, business_id: UUID) -> int:
    """Have nothing be due any more to somebody who is forgotten."""
    return db.done(_STOP_CLOCKS, user_id, business_id)
