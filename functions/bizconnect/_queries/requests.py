"""Printed from _statements/requests.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_LOCK_PAIR = """
SELECT bizconnect.lock_pair($1::UUID, $2::UUID)::text
"""


def lock_pair(db: Connection, *, business_id: UUID, other_id: UUID) -> str | None:
    """Let nobody else ask the other business, or end either, until this transaction ends."""
    result: str | None = db.value(_LOCK_PAIR, business_id, other_id)
    return result


_FACTS = """
SELECT b.state, b.name, b.country, kb.continent,
    p.country AS other_country, kp.continent AS other_continent, p.name AS other_name
FROM users.business AS b
JOIN platform.country AS kb ON kb.code = b.country
LEFT JOIN users.public_business AS p ON p.id = $1::UUID
LEFT JOIN platform.country AS kp ON kp.code = p.country
WHERE b.id = $2::UUID
"""


class FactsRow(NamedTuple):
    """What `facts` returns."""

    state: str
    name: str
    country: str
    continent: str
    other_country: str | None
    other_continent: str | None
    other_name: str | None


def facts(db: Connection, *, other_id: UUID, business_id: UUID) -> FactsRow | None:
    """Of a business of the caller and another: names and places; None when the first is not his."""
    return db.maybe(FactsRow, _FACTS, other_id, business_id)


_CONNECTION_BETWEEN = """
SELECT c.id, v.mine, c.requester_id, c.receiver_id, CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $1::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END AS status, c.state,
    c.cool_until, jsonb_build_object(
'id', c.id, 'business_id', v.mine, 'other_id', CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END,
'other', CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('id', p.id, 'slug', p.slug,
    'name', p.name, 'country', p.country, 'verification', p.verification) END,
'direction', CASE WHEN c.requester_id = v.mine THEN 'sent' ELSE 'received' END,
'status', CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $1::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END, 'market', c.market, 'note', c.note, 'requested_at', c.requested_at,
'expires_at', CASE WHEN CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $1::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END = 'pending' THEN c.expires_at END,
'accepted_at', c.accepted_at,
'version', CASE WHEN c.requester_id = v.mine THEN c.requester_version ELSE c.version END
)::text AS json, (c.blocked_by IS NULL OR c.blocked_by = v.mine) AS visible
    FROM (SELECT CAST($2::UUID AS uuid) AS mine, CAST($3::UUID AS uuid) AS other) AS v
    JOIN bizconnect.connection AS c
        ON least(c.requester_id, c.receiver_id) = least(v.mine, v.other)
        AND greatest(c.requester_id, c.receiver_id) = greatest(v.mine, v.other)
    LEFT JOIN users.public_business AS p ON p.id = CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END
    FOR UPDATE OF c
"""


class ConnectionBetweenRow(NamedTuple):
    """What `connection_between` returns."""

    id: UUID
    mine: UUID
    requester_id: UUID
    receiver_id: UUID
    status: str
    state: str
    cool_until: datetime | None
    json: str
    visible: bool


def connection_between(db: Connection, *, now: datetime, business_id: UUID, other_id: UUID) -> ConnectionBetweenRow | None:
    """The connection of two businesses, locked, hidden from the first or not; None when there never was one."""
    return db.maybe(ConnectionBetweenRow, _CONNECTION_BETWEEN, now, business_id, other_id)


_WAITING_FOR = """
SELECT bizconnect.waiting_for($1::UUID, $2::INTEGER, $3::TIMESTAMP WITH TIME ZONE)
"""


def waiting_for(db: Connection, *, other_id: UUID, most: int, now: datetime) -> int | None:
    """How many requests wait for a business, counted up to a limit."""
    result: int | None = db.value(_WAITING_FOR, other_id, most, now)
    return result


_ASK = """
WITH changed AS (
        INSERT INTO bizconnect.connection AS c
            (id, requester_id, receiver_id, market, note, requested_at, expires_at, cool_until)
        VALUES ($1::UUID, $2::UUID, $3::UUID, $4::VARCHAR, $5::VARCHAR, $6::TIMESTAMP WITH TIME ZONE, $7::TIMESTAMP WITH TIME ZONE, $8::TIMESTAMP WITH TIME ZONE)
        ON CONFLICT (least(requester_id, receiver_id), greatest(requester_id, receiver_id))
        DO UPDATE SET requester_id = excluded.requester_id, receiver_id = excluded.receiver_id,
            market = excluded.market, state = 'pending', note = excluded.note,
            requested_at = excluded.requested_at, expires_at = excluded.expires_at,
            cool_until = excluded.cool_until, accepted_at = NULL, declined_at = NULL,
            version = c.version + 1,
            requester_version = CASE WHEN c.requester_id = excluded.requester_id
                THEN c.requester_version ELSE c.version END + 1
        RETURNING c.*)
    SELECT jsonb_build_object(
'id', c.id, 'business_id', v.mine, 'other_id', CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END,
'other', CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('id', p.id, 'slug', p.slug,
    'name', p.name, 'country', p.country, 'verification', p.verification) END,
'direction', CASE WHEN c.requester_id = v.mine THEN 'sent' ELSE 'received' END,
'status', CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $6::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END, 'market', c.market, 'note', c.note, 'requested_at', c.requested_at,
'expires_at', CASE WHEN CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $6::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END = 'pending' THEN c.expires_at END,
'accepted_at', c.accepted_at,
'version', CASE WHEN c.requester_id = v.mine THEN c.requester_version ELSE c.version END
)::text AS json, c.id, c.requester_id, c.receiver_id, c.version, c.market,
        c.expires_at
    FROM changed AS c CROSS JOIN (SELECT CAST($2::UUID AS uuid) AS mine) AS v LEFT JOIN users.public_business AS p ON p.id = CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END
"""


class AskRow(NamedTuple):
    """What `ask` returns."""

    json: str
    id: UUID
    requester_id: UUID
    receiver_id: UUID
    version: int
    market: str
    expires_at: datetime


def ask(db: Connection, *, id: UUID, business_id: UUID, other_id: UUID, market: str, note: str | None, now: datetime, expires_at: datetime, cool_until: datetime) -> AskRow:
    """Ask a business: for the first time, again, or where it was the other that asked before."""
    return db.one(AskRow, _ASK, id, business_id, other_id, market, note, now, expires_at, cool_until)


_TAKE_QUOTA = """
SELECT b.plan, q.* FROM users.business AS b CROSS JOIN LATERAL platform.take_quota(
    b.id, 'connection_requests', b.zone, (CAST($1::VARCHAR AS jsonb) ->> b.plan)::integer,
    (CAST($2::VARCHAR AS jsonb) ->> b.plan)::integer, $3::TIMESTAMP WITH TIME ZONE) AS q
WHERE b.id = $4::UUID
"""


class TakeQuotaRow(NamedTuple):
    """What `take_quota` returns."""

    plan: str
    granted: bool
    used_today: int
    used_this_month: int
    day_ends_at: datetime
    month_ends_at: datetime


def take_quota(db: Connection, *, per_day: str, per_month: str, now: datetime, business_id: UUID) -> TakeQuotaRow:
    """Take one request from what the plan of a business allows, or see that none is left."""
    return db.one(TakeQuotaRow, _TAKE_QUOTA, per_day, per_month, now, business_id)
