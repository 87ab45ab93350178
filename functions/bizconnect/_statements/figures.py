"""Connections, counted."""

from functions.bizconnect._statements._fragments import STATUS, VISIBLE
from shared.manifest.statements import FLOAT, INSTANT, INT, TEXT, UUID_, UUIDS, rows, sql, value
from shared.tables.types import may, must

markets = value(
    sql(
        f"""
        SELECT json_agg(json_build_object('market', m.market, 'accepted', n.accepted,
            'sent', n.sent, 'received', n.received) ORDER BY m.place)::text AS json
        FROM (VALUES (1, 'afcfta'), (2, 'africa-us'), (3, 'us-africa')) AS m (place, market)
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE status = 'accepted') AS accepted,
                count(*) FILTER (WHERE status = 'pending' AND sent) AS sent,
                count(*) FILTER (WHERE status = 'pending' AND NOT sent) AS received
            FROM (
                SELECT {STATUS} AS status, true AS sent
                FROM unnest(CAST(:businesses AS uuid[])) AS v (mine)
                JOIN bizconnect.connection AS c ON c.requester_id = v.mine AND {VISIBLE}
                WHERE c.market = m.market AND c.state IN ('pending', 'declined', 'accepted')
                UNION ALL
                SELECT {STATUS}, false
                FROM unnest(CAST(:businesses AS uuid[])) AS v (mine)
                JOIN bizconnect.connection AS c ON c.receiver_id = v.mine AND {VISIBLE}
                WHERE c.market = m.market AND c.state IN ('pending', 'accepted')
                    AND c.requester_id <> ALL (:businesses)
            ) AS seen
        ) AS n
        """,
        businesses=UUIDS,
        now=INSTANT,
    ).columns(json=TEXT),
    "How many connections some businesses have in each market, and how many wait there.",
)

# What a business may not know of its requests is not in its numbers: a decline counts as no answer.
metrics = rows(
    sql(
        f"""
        SELECT b.id, b.name, b.plan, q.zone, q.used_today, q.used_this_month,
            q.day_ends_at, q.month_ends_at, sent.asked AS sent, sent.accepted,
            received.asked AS received, received.answered, received.median_seconds
        FROM users.business AS b
        CROSS JOIN LATERAL (SELECT b.id AS mine) AS v
        CROSS JOIN LATERAL (
            SELECT count(*)::integer AS asked, count(c.accepted_at)::integer AS accepted
            FROM bizconnect.connection AS c
            WHERE c.requester_id = b.id AND c.requested_at > :since AND {VISIBLE}) AS sent
        CROSS JOIN LATERAL (
            SELECT count(*)::integer AS asked, count(least(c.accepted_at, c.declined_at))::integer
                    AS answered,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM
                    least(c.accepted_at, c.declined_at) - c.requested_at))::float8
                    AS median_seconds
            FROM bizconnect.connection AS c
            WHERE c.receiver_id = b.id AND c.requested_at > :since AND {VISIBLE}) AS received
        CROSS JOIN LATERAL platform.quota_use(b.id, 'connection_requests', b.zone, :now) AS q
        WHERE b.id = ANY (:businesses) ORDER BY b.id
        """,
        businesses=UUIDS,
        since=INSTANT,
        now=INSTANT,
    ).columns(
        must("id", UUID_),
        must("name", TEXT),
        must("plan", TEXT),
        must("zone", TEXT),
        must("used_today", INT),
        must("used_this_month", INT),
        must("day_ends_at", INSTANT),
        must("month_ends_at", INSTANT),
        must("sent", INT),
        must("accepted", INT),
        must("received", INT),
        must("answered", INT),
        may("median_seconds", FLOAT),
    ),
    "What some businesses of the caller asked, were asked and answered, and what they may still.",
)
