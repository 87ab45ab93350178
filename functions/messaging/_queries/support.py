"""Printed from _statements/support.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_OPEN_CASE = """
INSERT INTO messaging.support_case
    (conversation_id, business_id, customer_id, skill, language, waiting_since)
VALUES ($1::UUID, $2::UUID, $3::UUID, $4::VARCHAR, $5::VARCHAR, $6::TIMESTAMP WITH TIME ZONE)
"""


def open_case(db: Connection, *, id: UUID, business_id: UUID, customer_id: UUID, skill: str | None, language: str | None, now: datetime) -> int:
    """Put a new support conversation into the queue of a business."""
    return db.done(_OPEN_CASE, id, business_id, customer_id, skill, language, now)


_CASE = """
SELECT conversation_id, business_id, customer_id, state, agent_id, waiting_since
FROM messaging.support_case WHERE conversation_id = $1::UUID
"""


class CaseRow(NamedTuple):
    """What `case` returns."""

    conversation_id: UUID
    business_id: UUID
    customer_id: UUID
    state: str
    agent_id: UUID | None
    waiting_since: datetime


def case(db: Connection, *, id: UUID) -> CaseRow | None:
    """How far a support conversation has got, for one who takes part in it."""
    return db.maybe(CaseRow, _CASE, id)


_ASSIGN_CASE = """
UPDATE messaging.support_case
SET state = 'assigned', agent_id = $1::UUID, assigned_at = $2::TIMESTAMP WITH TIME ZONE,
    last_agent_id = coalesce(agent_id, last_agent_id), prefers = NULL, passed_by = NULL
WHERE conversation_id = $3::UUID AND state <> 'resolved'
"""


def assign_case(db: Connection, *, agent_id: UUID, now: datetime, id: UUID) -> int:
    """Make a support conversation an agent's."""
    return db.done(_ASSIGN_CASE, agent_id, now, id)


_PASS_CASE = """
UPDATE messaging.support_case
SET state = 'waiting', agent_id = NULL, last_agent_id = agent_id, passed_by = agent_id
WHERE conversation_id = $1::UUID AND state = 'assigned'
"""


def pass_case(db: Connection, *, id: UUID) -> int:
    """Put a support conversation back into the queue, since when it waited, for others."""
    return db.done(_PASS_CASE, id)


_RESOLVE_CASE = """
UPDATE messaging.support_case
SET state = 'resolved', agent_id = NULL, last_agent_id = coalesce(agent_id, last_agent_id),
    passed_by = NULL, resolved_at = $1::TIMESTAMP WITH TIME ZONE
WHERE conversation_id = $2::UUID AND state <> 'resolved'
"""


def resolve_case(db: Connection, *, now: datetime, id: UUID) -> int:
    """Have a support conversation be over."""
    return db.done(_RESOLVE_CASE, now, id)


_REOPEN_CASE = """
UPDATE messaging.support_case
SET state = 'waiting', waiting_since = $1::TIMESTAMP WITH TIME ZONE, prefers = last_agent_id, resolved_at = NULL,
    skill = coalesce($2::VARCHAR, skill), language = coalesce($3::VARCHAR, language)
WHERE conversation_id = $4::UUID AND state = 'resolved' RETURNING waiting_since
"""


def reopen_case(db: Connection, *, now: datetime, skill: str | None, language: str | None, id: UUID) -> datetime | None:
    """Put a support conversation into the queue again, for who had it if he has room."""
    result: datetime | None = db.value(_REOPEN_CASE, now, skill, language, id)
    return result
