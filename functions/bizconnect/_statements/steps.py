"""What the two businesses of a connection make of it."""

from functions.bizconnect._statements._fragments import (
    CHANGED,
    CHANGED_COLUMNS,
    LOCKED,
    LOCKED_COLUMNS,
    PARTNER,
    VISIBLE,
)
from shared.manifest.statements import BOOL, INSTANT, TEXT, UUID_, UUIDS, maybe, one, sql
from shared.tables.types import must

# Somebody who belongs to both businesses acts for the one that may do what he wants to do.
lock_connection = maybe(
    sql(
        f"""
        {LOCKED}, (SELECT b.name FROM users.business AS b WHERE b.id = v.mine) AS name
        FROM bizconnect.connection AS c
        CROSS JOIN LATERAL (SELECT CASE WHEN c.blocked_by = ANY (:businesses) THEN c.blocked_by
            WHEN :as_receiver AND c.receiver_id = ANY (:businesses) THEN c.receiver_id
            WHEN c.requester_id = ANY (:businesses) THEN c.requester_id
            ELSE c.receiver_id END AS mine) AS v
        {PARTNER}
        WHERE c.id = :id AND v.mine = ANY (:businesses) AND {VISIBLE}
        FOR UPDATE OF c
        """,
        id=UUID_,
        businesses=UUIDS,
        as_receiver=BOOL,
        now=INSTANT,
    ).columns(*LOCKED_COLUMNS, must("name", TEXT)),
    "A connection, locked, as one of its businesses sees it; None when it may not know of it.",
)

accept = one(
    sql(
        f"""
        WITH changed AS (
            UPDATE bizconnect.connection AS c
            SET state = 'accepted', accepted_at = :now, cool_until = NULL,
                version = c.version + 1, requester_version = c.requester_version + 1
            WHERE c.id = :id
            RETURNING c.*)
        {CHANGED}
        """,
        id=UUID_,
        business_id=UUID_,
        now=INSTANT,
    ).columns(*CHANGED_COLUMNS),
    "Agree to a request that is locked.",
)

change_state = one(
    sql(
        f"""
        WITH changed AS (
            UPDATE bizconnect.connection AS c
            SET state = :state, blocked_by = :blocked_by,
                cool_until = coalesce(:cool_until, c.cool_until),
                declined_at = CASE WHEN :state = 'declined' THEN CAST(:now AS timestamptz)
                    ELSE c.declined_at END,
                version = c.version + 1,
                requester_version = c.requester_version
                    + CASE WHEN :state = 'declined' THEN 0 ELSE 1 END
            WHERE c.id = :id
            RETURNING c.*)
        {CHANGED}
        """,
        id=UUID_,
        business_id=UUID_,
        state=TEXT,
        blocked_by=UUID_,
        cool_until=INSTANT,
        now=INSTANT,
    ).columns(*CHANGED_COLUMNS),
    "Take a connection that is locked to another state; who asked is not shown a decline.",
    optional="blocked_by cool_until",
)
