"""One business asks another."""

from functions.bizconnect._statements._fragments import (
    CHANGED,
    CHANGED_COLUMNS,
    LOCKED,
    LOCKED_COLUMNS,
    PARTNER,
    VISIBLE,
)
from shared.manifest.statements import BOOL, INSTANT, INT, TEXT, UUID_, maybe, one, sql, value
from shared.tables.types import may, must

lock_pair = value(
    sql(
        "SELECT bizconnect.lock_pair(:business_id, :other_id)::text",
        business_id=UUID_,
        other_id=UUID_,
    ).columns(locked=TEXT),
    "Let nobody else ask the other business, or end either, until this transaction ends.",
)

facts = maybe(
    sql(
        """
        SELECT b.state, b.name, b.country, kb.continent,
            p.country AS other_country, kp.continent AS other_continent, p.name AS other_name
        FROM users.business AS b
        JOIN platform.country AS kb ON kb.code = b.country
        LEFT JOIN users.public_business AS p ON p.id = :other_id
        LEFT JOIN platform.country AS kp ON kp.code = p.country
        WHERE b.id = :business_id
        """,
        business_id=UUID_,
        other_id=UUID_,
    ).columns(
        must("state", TEXT),
        must("name", TEXT),
        must("country", TEXT),
        must("continent", TEXT),
        may("other_country", TEXT),
        may("other_continent", TEXT),
        may("other_name", TEXT),
    ),
    "Of a business of the caller and another: names and places; None when the first is not his.",
)

connection_between = maybe(
    sql(
        f"""
        {LOCKED}, {VISIBLE} AS visible
        FROM (SELECT CAST(:business_id AS uuid) AS mine, CAST(:other_id AS uuid) AS other) AS v
        JOIN bizconnect.connection AS c
            ON least(c.requester_id, c.receiver_id) = least(v.mine, v.other)
            AND greatest(c.requester_id, c.receiver_id) = greatest(v.mine, v.other)
        {PARTNER}
        FOR UPDATE OF c
        """,
        business_id=UUID_,
        other_id=UUID_,
        now=INSTANT,
    ).columns(*LOCKED_COLUMNS, must("visible", BOOL)),
    "The connection of two businesses, locked, hidden from the first or not; None when there never "
    "was one.",
)

waiting_for = value(
    sql(
        "SELECT bizconnect.waiting_for(:other_id, :most, :now)",
        other_id=UUID_,
        most=INT,
        now=INSTANT,
    ).columns(waiting=INT),
    "How many requests wait for a business, counted up to a limit.",
)

# Of two businesses there is one row, whoever asks; versions only grow, whose side one is on.
ask = one(
    sql(
        f"""
        WITH changed AS (
            INSERT INTO bizconnect.connection AS c
                (id, requester_id, receiver_id, market, note, requested_at, expires_at, cool_until)
            VALUES (:id, :business_id, :other_id, :market, :note, :now, :expires_at, :cool_until)
            ON CONFLICT (least(requester_id, receiver_id), greatest(requester_id, receiver_id))
            DO UPDATE SET requester_id = excluded.requester_id, receiver_id = excluded.receiver_id,
                market = excluded.market, state = 'pending', note = excluded.note,
                requested_at = excluded.requested_at, expires_at = excluded.expires_at,
                cool_until = excluded.cool_until, accepted_at = NULL, declined_at = NULL,
                version = c.version + 1,
                requester_version = CASE WHEN c.requester_id = excluded.requester_id
                    THEN c.requester_version ELSE c.version END + 1
            RETURNING c.*)
        {CHANGED}
        """,
        id=UUID_,
        business_id=UUID_,
        other_id=UUID_,
        market=TEXT,
        note=TEXT,
        now=INSTANT,
        expires_at=INSTANT,
        cool_until=INSTANT,
    ).columns(*CHANGED_COLUMNS),
    "Ask a business: for the first time, again, or where it was the other that asked before.",
    optional="note",
)

take_quota = one(
    sql(
        """
        SELECT b.plan, q.* FROM users.business AS b CROSS JOIN LATERAL platform.take_quota(
            b.id, 'connection_requests', b.zone, (CAST(:per_day AS jsonb) ->> b.plan)::integer,
            (CAST(:per_month AS jsonb) ->> b.plan)::integer, :now) AS q
        WHERE b.id = :business_id
        """,
        business_id=UUID_,
        per_day=TEXT,
        per_month=TEXT,
        now=INSTANT,
    ).columns(
        plan=TEXT,
        granted=BOOL,
        used_today=INT,
        used_this_month=INT,
        day_ends_at=INSTANT,
        month_ends_at=INSTANT,
    ),
    "Take one request from what the plan of a business allows, or see that none is left.",
)
