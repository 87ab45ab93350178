"""Printed from _statements/steps.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_LOCK_CONNECTION = """
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
)::text AS json, (SELECT b.name FROM users.business AS b WHERE b.id = v.mine) AS name
    FROM bizconnect.connection AS c
    CROSS JOIN LATERAL (SELECT CASE WHEN c.blocked_by = ANY ($2::UUID[]) THEN c.blocked_by
        WHEN $3::BOOLEAN AND c.receiver_id = ANY ($2::UUID[]) THEN c.receiver_id
        WHEN c.requester_id = ANY ($2::UUID[]) THEN c.requester_id
        ELSE c.receiver_id END AS mine) AS v
    LEFT JOIN users.public_business AS p ON p.id = CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END
    WHERE c.id = $4::UUID AND v.mine = ANY ($2::UUID[]) AND (c.blocked_by IS NULL OR c.blocked_by = v.mine)
    FOR UPDATE OF c
"""


class LockConnectionRow(NamedTuple):
    """What `lock_connection` returns."""

    id: UUID
    mine: UUID
    requester_id: UUID
    receiver_id: UUID
    status: str
    state: str
    cool_until: datetime | None
    json: str
    name: str


def lock_connection(db: Connection, *, now: datetime, businesses: list[UUID], as_receiver: bool, id: UUID) -> LockConnectionRow | None:
    """A connection, locked, as one of its businesses sees it; None when it may not know of it."""
    return db.maybe(LockConnectionRow, _LOCK_CONNECTION, now, businesses, as_receiver, id)


_ACCEPT = """
WITH changed AS (
        UPDATE bizconnect.connection AS c
        SET state = 'accepted', accepted_at = $1::TIMESTAMP WITH TIME ZONE, cool_until = NULL,
            version = c.version + 1, requester_version = c.requester_version + 1
        WHERE c.id = $2::UUID
        RETURNING c.*)
    SELECT jsonb_build_object(
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
)::text AS json, c.id, c.requester_id, c.receiver_id, c.version, c.market,
        c.expires_at
    FROM changed AS c CROSS JOIN (SELECT CAST($3::UUID AS uuid) AS mine) AS v LEFT JOIN users.public_business AS p ON p.id = CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END
"""


class AcceptRow(NamedTuple):
    """What `accept` returns."""

    json: str
    id: UUID
    requester_id: UUID
    receiver_id: UUID
    version: int
    market: str
    expires_at: datetime


def accept(db: Connection, *, now: datetime, id: UUID, business_id: UUID) -> AcceptRow:
    """Agree to a request that is locked."""
    return db.one(AcceptRow, _ACCEPT, now, id, business_id)


_CHANGE_STATE = """
WITH changed AS (
        UPDATE bizconnect.connection AS c
        SET state = $1::VARCHAR, blocked_by = $2::UUID,
            cool_until = coalesce($3::TIMESTAMP WITH TIME ZONE, c.cool_until),
            declined_at = CASE WHEN $1::VARCHAR = 'declined' THEN CAST($4::TIMESTAMP WITH TIME ZONE AS timestamptz)
                ELSE c.declined_at END,
            version = c.version + 1,
            requester_version = c.requester_version
                + CASE WHEN $1::VARCHAR = 'declined' THEN 0 ELSE 1 END
        WHERE c.id = $5::UUID
        RETURNING c.*)
    SELECT jsonb_build_object(
'id', c.id, 'business_id', v.mine, 'other_id', CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END,
'other', CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('id', p.id, 'slug', p.slug,
    'name', p.name, 'country', p.country, 'verification', p.verification) END,
'direction', CASE WHEN c.requester_id = v.mine THEN 'sent' ELSE 'received' END,
'status', CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $4::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END, 'market', c.market, 'note', c.note, 'requested_at', c.requested_at,
'expires_at', CASE WHEN CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $4::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END = 'pending' THEN c.expires_at END,
'accepted_at', c.accepted_at,
'version', CASE WHEN c.requester_id = v.mine THEN c.requester_version ELSE c.version END
)::text AS json, c.id, c.requester_id, c.receiver_id, c.version, c.market,
        c.expires_at
    FROM changed AS c CROSS JOIN (SELECT CAST($6::UUID AS uuid) AS mine) AS v LEFT JOIN users.public_business AS p ON p.id = CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END
"""


class ChangeStateRow(NamedTuple):
    """What `change_state` returns."""

    json: str
    id: UUID
    requester_id: UUID
    receiver_id: UUID
    version: int
    market: str
    expires_at: datetime


def change_state(db: Connection, *, state: str, blocked_by: UUID | None, cool_until: datetime | None, now: datetime, id: UUID, business_id: UUID) -> ChangeStateRow:
    """Take a connection that is locked to another state; who asked is not shown a decline."""
    return db.one(ChangeStateRow, _CHANGE_STATE, state, blocked_by, cool_until, now, id, business_id)
