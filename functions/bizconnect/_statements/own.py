"""Connections as the members of a business see them."""

from functions.bizconnect._statements._fragments import CARD, PAGE, PARTNER, STATUS, VISIBLE
from shared.manifest.statements import INSTANT, INT, TEXT, UUID_, UUIDS, one, sql, value


def _side(side: str, direction: str, more: str = "") -> str:
    """Return the newest connections of one business in which it has one of the two roles."""
    return f"""(SELECT {CARD} AS card, c.requested_at, c.id
                FROM bizconnect.connection AS c {PARTNER}
                WHERE c.{side}_id = v.mine AND {VISIBLE}{more}
                    AND (CAST(:direction AS text) IS NULL OR :direction = '{direction}')
                    AND (CAST(:status AS text) IS NULL OR {STATUS} = :status)
                    AND (CAST(:market AS text) IS NULL OR c.market = :market)
                    AND (c.requested_at, c.id)
                        < (CAST(:after_key AS timestamptz), CAST(:after_id AS uuid))
                ORDER BY c.requested_at DESC, c.id DESC LIMIT CAST(:limit AS integer) + 1)"""


# Of two businesses of one person the one that asked is shown: a row is in a list once.
page_of_own = one(
    sql(
        f"""
        SELECT coalesce(string_agg(card, ',' ORDER BY n) FILTER (WHERE n <= :limit), '') AS items,
            max(requested_at::text) FILTER (WHERE n = :limit) AS last_key,
            max(id::text) FILTER (WHERE n = :limit) AS last_id,
            count(*) > :limit AS more
        FROM (
            SELECT found.*, row_number() OVER (ORDER BY requested_at DESC, id DESC) AS n
            FROM unnest(CAST(:businesses AS uuid[])) AS v (mine)
            CROSS JOIN LATERAL (
                {_side("requester", "sent")}
                UNION ALL
                {_side("receiver", "received", " AND c.requester_id <> ALL (:businesses)")}
            ) AS found
            ORDER BY requested_at DESC, id DESC LIMIT CAST(:limit AS integer) + 1
        ) AS page
        """,
        businesses=UUIDS,
        direction=TEXT,
        status=TEXT,
        market=TEXT,
        after_key=TEXT,
        after_id=TEXT,
        now=INSTANT,
        limit=INT,
    ).columns(*PAGE),
    "The connections of some businesses, the one asked for last first.",
    optional="direction status market",
)

connection = value(
    sql(
        f"""
        SELECT {CARD} AS json
        FROM bizconnect.connection AS c
        CROSS JOIN LATERAL (SELECT CASE WHEN c.blocked_by = ANY (:businesses) THEN c.blocked_by
            WHEN c.requester_id = ANY (:businesses) THEN c.requester_id
            ELSE c.receiver_id END AS mine) AS v
        {PARTNER}
        WHERE c.id = :id AND v.mine = ANY (:businesses) AND {VISIBLE}
        """,
        id=UUID_,
        businesses=UUIDS,
        now=INSTANT,
    ).columns(json=TEXT),
    "A connection, as one of its businesses sees it; None when it may not know of it.",
)
