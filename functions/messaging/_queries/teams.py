"""Printed from _statements/teams.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_LOCK_TEAM = """
SELECT messaging.lock_team($1::UUID)
"""


def lock_team(db: Connection, *, business_id: UUID) -> int:
    """Have whatever else changes the queue of a business wait until this transaction ends."""
    return db.done(_LOCK_TEAM, business_id)


_DRAIN_TEAM = """
SELECT conversation_id, business_id, agent_id, left_id, waiting_since
FROM messaging.drain_team($1::UUID, $2::TIMESTAMP WITH TIME ZONE)
"""


class DrainTeamRow(NamedTuple):
    """What `drain_team` returns."""

    conversation_id: UUID
    business_id: UUID
    agent_id: UUID | None
    left_id: UUID | None
    waiting_since: datetime


def drain_team(db: Connection, *, business_id: UUID, now: datetime) -> list[DrainTeamRow]:
    """Requeue what those had who are gone, and assign what can be; each step of it, in order."""
    return db.rows(DrainTeamRow, _DRAIN_TEAM, business_id, now)


_KEEP_HERE = """
UPDATE messaging.agent SET here_until = $1::TIMESTAMP WITH TIME ZONE
WHERE business_id = $2::UUID AND user_id = $3::UUID AND state = $4::VARCHAR
    AND state <> 'offline' AND here_until > $5::TIMESTAMP WITH TIME ZONE
RETURNING here_until
"""


def keep_here(db: Connection, *, here_until: datetime, business_id: UUID, user_id: UUID, state: str, now: datetime) -> datetime | None:
    """Note that somebody is still there, as he was; None when that changes anything."""
    result: datetime | None = db.value(_KEEP_HERE, here_until, business_id, user_id, state, now)
    return result


_PUT_PRESENCE = """
INSERT INTO messaging.agent AS a (business_id, user_id, state, here_until)
VALUES ($1::UUID, $2::UUID, $3::VARCHAR, $4::TIMESTAMP WITH TIME ZONE)
ON CONFLICT (business_id, user_id) DO UPDATE SET state = excluded.state,
    here_until = CASE WHEN excluded.state = 'offline' AND a.state = 'offline'
        THEN a.here_until ELSE excluded.here_until END
"""


def put_presence(db: Connection, *, business_id: UUID, user_id: UUID, state: str, here_until: datetime) -> int:
    """Note whether somebody is there."""
    return db.done(_PUT_PRESENCE, business_id, user_id, state, here_until)


_PRESENCE = """
SELECT a.state, a.here_until, (
    SELECT count(*) FROM messaging.support_case AS c
    WHERE c.business_id = a.business_id AND c.agent_id = a.user_id
        AND c.state = 'assigned') AS handling,
    coalesce(a.capacity, t.capacity, $1::INTEGER) AS capacity
FROM messaging.agent AS a LEFT JOIN messaging.team AS t ON t.business_id = a.business_id
WHERE a.business_id = $2::UUID AND a.user_id = $3::UUID
"""


class PresenceRow(NamedTuple):
    """What `presence` returns."""

    state: str
    here_until: datetime | None
    handling: int
    capacity: int


def presence(db: Connection, *, usual: int, business_id: UUID, user_id: UUID) -> PresenceRow:
    """Whether somebody is there, and how much he has to do."""
    return db.one(PresenceRow, _PRESENCE, usual, business_id, user_id)


_IS_HERE = """
SELECT EXISTS (SELECT FROM messaging.agent WHERE business_id = $1::UUID
    AND user_id = $2::UUID AND state <> 'offline' AND here_until > $3::TIMESTAMP WITH TIME ZONE) AS here
"""


def is_here(db: Connection, *, business_id: UUID, user_id: UUID, now: datetime) -> bool | None:
    """Whether somebody can be given a conversation."""
    result: bool | None = db.value(_IS_HERE, business_id, user_id, now)
    return result


_POLICY = """
SELECT t.automatic, t.capacity, t.calendar::text AS calendar,
    t.escalation::text AS escalation, t.version, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', a.user_id, 'skills', a.skills,
        'languages', a.languages, 'capacity', a.capacity, 'leads', a.leads)
        ORDER BY a.user_id), '[]')::text
    FROM messaging.agent AS a WHERE a.business_id = t.business_id
        AND (a.skills <> '{}' OR a.languages <> '{}' OR a.capacity IS NOT NULL OR a.leads)
    ) AS agents
FROM messaging.team AS t WHERE t.business_id = $1::UUID
"""


class PolicyRow(NamedTuple):
    """What `policy` returns."""

    automatic: bool
    capacity: int
    calendar: str | None
    escalation: str
    version: int
    agents: str


def policy(db: Connection, *, business_id: UUID) -> PolicyRow | None:
    """How a business shares its conversations out; None when it never said."""
    return db.maybe(PolicyRow, _POLICY, business_id)


_SAVE_POLICY = """
INSERT INTO messaging.team AS t
    (business_id, automatic, capacity, calendar, escalation, version, updated_at)
VALUES ($1::UUID, $2::BOOLEAN, $3::INTEGER, CAST($4::VARCHAR AS jsonb),
    CAST($5::VARCHAR AS jsonb), 2, $6::TIMESTAMP WITH TIME ZONE)
ON CONFLICT (business_id) DO UPDATE SET automatic = excluded.automatic,
    capacity = excluded.capacity, calendar = excluded.calendar,
    escalation = excluded.escalation, version = t.version + 1,
    updated_at = excluded.updated_at
"""


def save_policy(db: Connection, *, business_id: UUID, automatic: bool, capacity: int, calendar: str | None, escalation: str, now: datetime) -> int:
    """Have a business share its conversations out otherwise than it does, or than is usual."""
    return db.done(_SAVE_POLICY, business_id, automatic, capacity, calendar, escalation, now)


_FORGET_AGENTS = """
UPDATE messaging.agent
SET skills = '{}', languages = '{}', capacity = NULL, leads = false
WHERE business_id = $1::UUID
    AND (skills <> '{}' OR languages <> '{}' OR capacity IS NOT NULL OR leads)
"""


def forget_agents(db: Connection, *, business_id: UUID) -> int:
    """Forget what each of a team can do."""
    return db.done(_FORGET_AGENTS, business_id)


_PUT_AGENTS = """
INSERT INTO messaging.agent (business_id, user_id, skills, languages, capacity, leads)
SELECT $1::UUID, a.user_id, a.skills, a.languages, a.capacity, a.leads
FROM jsonb_to_recordset(CAST($2::VARCHAR AS jsonb)) AS a
    (user_id uuid, skills text[], languages text[], capacity integer, leads boolean)
ON CONFLICT (business_id, user_id) DO UPDATE SET skills = excluded.skills,
    languages = excluded.languages, capacity = excluded.capacity, leads = excluded.leads
"""


def put_agents(db: Connection, *, business_id: UUID, agents: str) -> int:
    """Note what each of a team can do."""
    return db.done(_PUT_AGENTS, business_id, agents)


_LOCK_LAPSED_TEAMS = """
WITH lapsed AS MATERIALIZED (
    SELECT DISTINCT a.business_id FROM messaging.agent AS a WHERE a.here_until <= $1::TIMESTAMP WITH TIME ZONE
    LIMIT $2::INTEGER)
SELECT business_id FROM lapsed WHERE messaging.try_team(business_id)
"""


class LockLapsedTeamsRow(NamedTuple):
    """What `lock_lapsed_teams` returns."""

    business_id: UUID


def lock_lapsed_teams(db: Connection, *, now: datetime, limit: int) -> list[LockLapsedTeamsRow]:
    """Teams somebody of which is gone and was not noted so, locked."""
    return db.rows(LockLapsedTeamsRow, _LOCK_LAPSED_TEAMS, now, limit)
