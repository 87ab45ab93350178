"""Printed from _statements/figures.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_MARKETS = """
SELECT json_agg(json_build_object('market', m.market, 'accepted', n.accepted,
        'sent', n.sent, 'received', n.received) ORDER BY m.place)::text AS json
    FROM (VALUES (1, 'afcfta'), (2, 'africa-us'), (3, 'us-africa')) AS m (place, market)
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE status = 'accepted') AS accepted,
            count(*) FILTER (WHERE status = 'pending' AND sent) AS sent,
            count(*) FILTER (WHERE status = 'pending' AND NOT sent) AS received
        FROM (
            SELECT CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $1::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END AS status, true AS sent
            FROM unnest(CAST($2::UUID[] AS uuid[])) AS v (mine)
            JOIN bizconnect.connection AS c ON c.requester_id = v.mine AND (c.blocked_by IS NULL OR c.blocked_by = v.mine)
            WHERE c.market = m.market AND c.state IN ('pending', 'declined', 'accepted')
            UNION ALL
            SELECT CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= $1::TIMESTAMP WITH TIME ZONE THEN 'expired'
WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END, false
            FROM unnest(CAST($2::UUID[] AS uuid[])) AS v (mine)
            JOIN bizconnect.connection AS c ON c.receiver_id = v.mine AND (c.blocked_by IS NULL OR c.blocked_by = v.mine)
            WHERE c.market = m.market AND c.state IN ('pending', 'accepted')
                AND c.requester_id <> ALL ($2::UUID[])
        ) AS seen
    ) AS n
"""


def markets(db: Connection, *, now: datetime, businesses: list[UUID]) -> str | None:
    """How many connections some businesses have in each market, and how many wait there."""
    result: str | None = db.value(_MARKETS, now, businesses)
    return result


_METRICS = """
SELECT b.id, b.name, b.plan, q.zone, q.used_today, q.used_this_month,
    q.day_ends_at, q.month_ends_at, sent.asked AS sent, sent.accepted,
    received.asked AS received, received.answered, received.median_seconds
FROM users.business AS b
CROSS JOIN LATERAL (SELECT b.id AS mine) AS v
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS asked, count(c.accepted_at)::integer AS accepted
    FROM bizconnect.connection AS c
    WHERE c.requester_id = b.id AND c.requested_at > $1::TIMESTAMP WITH TIME ZONE AND (c.blocked_by IS NULL OR c.blocked_by = v.mine)) AS sent
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS asked, count(least(c.accepted_at, c.declined_at))::integer
            AS answered,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM
            least(c.accepted_at, c.declined_at) - c.requested_at))::float8
            AS median_seconds
    FROM bizconnect.connection AS c
    WHERE c.receiver_id = b.id AND c.requested_at > $1::TIMESTAMP WITH TIME ZONE AND (c.blocked_by IS NULL OR c.blocked_by = v.mine)) AS received
CROSS JOIN LATERAL platform.quota_use(b.id, 'connection_requests', b.zone, $2::TIMESTAMP WITH TIME ZONE) AS q
WHERE b.id = ANY ($3::UUID[]) ORDER BY b.id
"""


class MetricsRow(NamedTuple):
    """What `metrics` returns."""

    id: UUID
    name: str
    plan: str
    zone: str
    used_today: int
    used_this_month: int
    day_ends_at: datetime
    month_ends_at: datetime
    sent: int
    accepted: int
    received: int
    answered: int
    median_seconds: float | None


def metrics(db: Connection, *, since: datetime, now: datetime, businesses: list[UUID]) -> list[MetricsRow]:
    """What some businesses of the caller asked, were asked and answered, and what they may still."""
    return db.rows(MetricsRow, _METRICS, since, now, businesses)
