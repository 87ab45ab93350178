"""Printed from _statements/own.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_PAGE_OF_OWN = """
SELECT coalesce(string_agg(card, ',' ORDER BY n) FILTER (WHERE n <= $1::INTEGER), '') AS items,
        max(requested_at::text) FILTER (WHERE n = $1::INTEGER) AS last_key,
        max(id::text) FILTER (WHERE n = $1::INTEGER) AS last_id,
        count(*) > $1::INTEGER AS more
    FROM (
        SELECT found.*, row_number() OVER (ORDER BY requested_at DESC, id DESC) AS n
        FROM unnest(CAST($2::UUID[] AS uuid[])) AS v (mine)
        CROSS JOIN LATERAL (
            (SELECT jsonb_build_object(
'id', c.id, 'business_id', v.mine, 'other_id', CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END,
'other', CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('id', p.id, 'slug', p.slug,
    'name', p.name, 'country', p.country, 'verification', p.verification) END,
'direction', CASE WHEN c.requester_id = v.mine THEN 'sent' ELSE 'received' END,
'status', CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $3::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END, 'market', c.market, 'note', c.note, 'requested_at', c.requested_at,
'expires_at', CASE WHEN CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $3::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END = 'pending' THEN c.expires_at END,
'accepted_at', c.accepted_at,
'version', CASE WHEN c.requester_id = v.mine THEN c.requester_version ELSE c.version END
)::text AS card, c.requested_at, c.id
            FROM bizconnect.connection AS c LEFT JOIN users.public_business AS p ON p.id = CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END
            WHERE c.requester_id = v.mine AND (c.blocked_by IS NULL OR c.blocked_by = v.mine)
                AND (CAST($4::VARCHAR AS text) IS NULL OR $4::VARCHAR = 'sent')
                AND (CAST($5::VARCHAR AS text) IS NULL OR CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $3::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END = $5::VARCHAR)
                AND (CAST($6::VARCHAR AS text) IS NULL OR c.market = $6::VARCHAR)
                AND (c.requested_at, c.id)
                    < (CAST($7::VARCHAR AS timestamptz), CAST($8::VARCHAR AS uuid))
            ORDER BY c.requested_at DESC, c.id DESC LIMIT CAST($1::INTEGER AS integer) + 1)
            UNION ALL
            (SELECT jsonb_build_object(
'id', c.id, 'business_id', v.mine, 'other_id', CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END,
'other', CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('id', p.id, 'slug', p.slug,
    'name', p.name, 'country', p.country, 'verification', p.verification) END,
'direction', CASE WHEN c.requester_id = v.mine THEN 'sent' ELSE 'received' END,
'status', CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $3::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END, 'market', c.market, 'note', c.note, 'requested_at', c.requested_at,
'expires_at', CASE WHEN CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $3::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END = 'pending' THEN c.expires_at END,
'accepted_at', c.accepted_at,
'version', CASE WHEN c.requester_id = v.mine THEN c.requester_version ELSE c.version END
)::text AS card, c.requested_at, c.id
            FROM bizconnect.connection AS c LEFT JOIN users.public_business AS p ON p.id = CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END
            WHERE c.receiver_id = v.mine AND (c.blocked_by IS NULL OR c.blocked_by = v.mine) AND c.requester_id <> ALL ($2::UUID[])
                AND (CAST($4::VARCHAR AS text) IS NULL OR $4::VARCHAR = 'received')
                AND (CAST($5::VARCHAR AS text) IS NULL OR CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $3::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END = $5::VARCHAR)
                AND (CAST($6::VARCHAR AS text) IS NULL OR c.market = $6::VARCHAR)
                AND (c.requested_at, c.id)
                    < (CAST($7::VARCHAR AS timestamptz), CAST($8::VARCHAR AS uuid))
            ORDER BY c.requested_at DESC, c.id DESC LIMIT CAST($1::INTEGER AS integer) + 1)
        ) AS found
        ORDER BY requested_at DESC, id DESC LIMIT CAST($1::INTEGER AS integer) + 1
    ) AS page
"""


class PageOfOwnRow(NamedTuple):
    """What `page_of_own` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_of_own(db: Connection, *, limit: int, businesses: list[UUID], now: datetime, direction: str | None, status: str | None, market: str | None, after_key: str, after_id: str) -> PageOfOwnRow:
    """The connections of some businesses, the one asked for last first."""
    return db.one(PageOfOwnRow, _PAGE_OF_OWN, limit, businesses, now, direction, status, market, after_key, after_id)


_CONNECTION = """
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
)::text AS json
    FROM bizconnect.connection AS c
    CROSS JOIN LATERAL (SELECT CASE WHEN c.blocked_by = ANY ($2::UUID[]) THEN c.blocked_by
        WHEN c.requester_id = ANY ($2::UUID[]) THEN c.requester_id
        ELSE c.receiver_id END AS mine) AS v
    LEFT JOIN users.public_business AS p ON p.id = CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END
    WHERE c.id = $3::UUID AND v.mine = ANY ($2::UUID[]) AND (c.blocked_by IS NULL OR c.blocked_by = v.mine)
"""


def connection(db: Connection, *, now: datetime, businesses: list[UUID], id: UUID) -> str | None:
    """A connection, as one of its businesses sees it; None when it may not know of it."""
    result: str | None = db.value(_CONNECTION, now, businesses, id)
    return result
