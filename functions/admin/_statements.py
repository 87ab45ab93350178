"""Every SQL statement of admin; `python -m functions write` prints them into `_queries.py`."""

from shared.manifest.exports import part_of
from shared.manifest.statements import (
    BOOL,
    INSTANT,
    INT,
    TEXT,
    UUID_,
    UUIDS,
    done,
    maybe,
    one,
    sql,
)
from shared.tables.retention import MATRIX
from shared.tables.types import may, must

# A lease that ran out is nobody's, whoever has not tidied it up.
_LEASED = "(r.state = 'pending' AND r.leased_until > :now)"
_FREE = "(r.leased_by IS NULL OR r.leased_by = :moderator OR r.leased_until <= :now)"

_REVIEW = f"""jsonb_build_object(
    'id', r.id, 'listing_id', r.target_id, 'version', r.target_version,
    'business_id', r.business_id, 'snapshot', r.snapshot, 'state', r.state,
    'submitted_at', r.submitted_at,
    'leased_by', CASE WHEN {_LEASED} THEN r.leased_by END,
    'leased_until', CASE WHEN {_LEASED} THEN r.leased_until END,
    'decided_by', r.decided_by, 'decided_at', r.decided_at, 'reason', r.reason,
    'note', r.note)::text"""

_OF_LISTING = "r.target_type = 'listing' AND r.target_id = :listing_id"

open_review = done(
    sql(
        """
        INSERT INTO admin.review AS r
            (id, target_type, target_id, target_version, business_id, snapshot, submitted_at)
        VALUES (:id, 'listing', :listing_id, :version, :business_id, CAST(:snapshot AS jsonb),
            :submitted_at)
        ON CONFLICT (target_type, target_id) DO UPDATE
        SET target_version = excluded.target_version, snapshot = excluded.snapshot,
            submitted_at = excluded.submitted_at, state = 'pending', leased_by = NULL,
            leased_until = NULL, decided_by = NULL, decided_at = NULL, reason = NULL, note = NULL
        WHERE r.target_version < excluded.target_version
        """,
        id=UUID_,
        listing_id=UUID_,
        version=INT,
        business_id=UUID_,
        snapshot=TEXT,
        submitted_at=INSTANT,
    ),
    "Let a version of a listing wait for a decision, unless a newer one has come.",
)

# The row is written even when nothing waits: events overtake each other, and the version kept
# here is what refuses a submission that arrives after its own withdrawal.
close_review = done(
    sql(
        """
        INSERT INTO admin.review AS r
            (id, target_type, target_id, target_version, business_id, snapshot, state, submitted_at)
        VALUES (:id, 'listing', :listing_id, :version, :business_id, '{}', 'withdrawn',
            clock_timestamp())
        ON CONFLICT (target_type, target_id) DO UPDATE
        SET target_version = excluded.target_version,
            state = CASE WHEN r.state = 'pending' THEN 'withdrawn' ELSE r.state END,
            leased_by = NULL, leased_until = NULL
        WHERE r.target_version <= excluded.target_version
        """,
        id=UUID_,
        listing_id=UUID_,
        version=INT,
        business_id=UUID_,
    ),
    "Take a listing out of the queue, whatever of it arrives later.",
)

# As above: whatever of it arrives later is refused, or its words would come back.
erase_review = done(
    sql(
        f"""
        INSERT INTO admin.review AS r
            (id, target_type, target_id, target_version, business_id, snapshot, state, submitted_at)
        VALUES (:id, 'listing', :listing_id, :version, :business_id, '{{}}', 'withdrawn',
            clock_timestamp())
        ON CONFLICT (target_type, target_id) DO UPDATE
        SET {MATRIX["admin.review"].blanked()}, leased_by = NULL, leased_until = NULL,
            target_version = greatest(r.target_version, excluded.target_version),
            state = CASE WHEN r.state = 'pending' THEN 'withdrawn' ELSE r.state END
        """,
        id=UUID_,
        listing_id=UUID_,
        version=INT,
        business_id=UUID_,
    ),
    "Forget what a listing said; what was decided about it stays.",
)

_PAGE = (must("items", TEXT), may("last_key", TEXT), may("last_id", TEXT), must("more", BOOL))
_PARAMETERS = {
    "now": INSTANT,
    "after_key": TEXT,
    "after_id": TEXT,
    "limit": INT,
}
_AFTER = "(r.submitted_at, r.id) > (CAST(:after_key AS timestamptz), CAST(:after_id AS uuid))"
_AS_PAGE = """
    '[' || coalesce(string_agg(item, ',' ORDER BY n) FILTER (WHERE n <= :limit), '') || ']'
        AS items,
    max(submitted_at::text) FILTER (WHERE n = :limit) AS last_key,
    max(id::text) FILTER (WHERE n = :limit) AS last_id"""

page_of_reviews = one(
    sql(
        f"""
        SELECT {_AS_PAGE}, count(*) > :limit AS more
        FROM (
            SELECT {_REVIEW} AS item, r.submitted_at, r.id,
                row_number() OVER (ORDER BY r.submitted_at, r.id) AS n
            FROM admin.review AS r
            WHERE r.target_type = 'listing' AND r.state = :state AND {_AFTER}
            ORDER BY r.submitted_at, r.id LIMIT CAST(:limit AS integer) + 1
        ) AS page
        """,
        state=TEXT,
        **_PARAMETERS,
    ).columns(*_PAGE),
    "Reviews of listings in one state, the oldest first.",
)

# A row that another moderator is leasing in this instant is skipped, not waited for.
lease_page_of_reviews = one(
    sql(
        f"""
        WITH candidate AS (
            SELECT r.id, r.submitted_at FROM admin.review AS r
            WHERE r.target_type = 'listing' AND r.state = 'pending' AND {_AFTER} AND {_FREE}
                AND r.business_id <> ALL (CAST(:own_businesses AS uuid[]))
            ORDER BY r.submitted_at, r.id LIMIT CAST(:limit AS integer) + 1
            FOR UPDATE SKIP LOCKED
        ), leased AS (
            UPDATE admin.review AS r
            SET leased_by = :moderator, leased_until = CAST(:until AS timestamptz)
            WHERE r.id IN (SELECT id FROM candidate ORDER BY submitted_at, id LIMIT :limit)
            RETURNING {_REVIEW} AS item, r.submitted_at, r.id
        )
        SELECT {_AS_PAGE}, (SELECT count(*) FROM candidate) > :limit AS more
        FROM (SELECT *, row_number() OVER (ORDER BY submitted_at, id) AS n FROM leased) AS page
        """,
        moderator=UUID_,
        until=INSTANT,
        own_businesses=UUIDS,
        **_PARAMETERS,
    ).columns(*_PAGE),
    "The oldest reviews that nobody else looks at, now leased to a moderator.",
)

review_of_listing = maybe(
    sql(
        f"""
        SELECT r.business_id, r.state, r.target_version AS version, {_REVIEW} AS json
        FROM admin.review AS r WHERE {_OF_LISTING}
        """,
        listing_id=UUID_,
        now=INSTANT,
    ).columns(business_id=UUID_, state=TEXT, version=INT, json=TEXT),
    "The review of a listing.",
)

decide_review = maybe(
    sql(
        f"""
        UPDATE admin.review AS r
        SET state = :state, decided_by = :moderator, decided_at = :now, reason = :reason,
            note = :note, leased_by = NULL, leased_until = NULL
        WHERE {_OF_LISTING} AND r.state = 'pending' AND r.target_version = :version AND {_FREE}
        RETURNING r.id, r.state, {_REVIEW} AS json
        """,
        listing_id=UUID_,
        version=INT,
        moderator=UUID_,
        state=TEXT,
        reason=TEXT,
        note=TEXT,
        now=INSTANT,
    ).columns(id=UUID_, state=TEXT, json=TEXT),
    "Decide on a version that still waits and that nobody else looks at.",
    optional="reason note",
)

# The newest first. One index for each filter: the role plans for those that are given.
page_of_audit_entries = one(
    sql(
        """
        SELECT coalesce(string_agg(item, ',' ORDER BY n) FILTER (WHERE n <= :limit), '') AS items,
            max(at::text) FILTER (WHERE n = :limit) AS last_key,
            max(id::text) FILTER (WHERE n = :limit) AS last_id, count(*) > :limit AS more
        FROM (
            SELECT jsonb_build_object('id', e.id, 'chain', e.chain, 'seq', e.seq, 'at', e.at,
                    'actor_id', e.actor_id, 'role', e.role, 'on_behalf_of', e.on_behalf_of,
                    'operation', e.operation, 'target_type', e.target_type,
                    'target_id', e.target_id, 'before', e.before, 'after', e.after,
                    'reason', e.reason, 'request_id', e.request_id,
                    'previous', encode(e.previous, 'hex'), 'hash', encode(e.hash, 'hex'))::text
                    AS item,
                e.at, e.id, row_number() OVER (ORDER BY e.at DESC, e.id DESC) AS n
            FROM platform.audit_entry AS e
            WHERE (CAST(:actor_id AS uuid) IS NULL OR e.actor_id = :actor_id)
                AND (CAST(:target_id AS uuid) IS NULL OR e.target_id = :target_id)
                AND (CAST(:operation AS text) IS NULL OR e.operation = :operation)
                AND (e.at, e.id) < (CAST(:after_key AS timestamptz), CAST(:after_id AS uuid))
            ORDER BY e.at DESC, e.id DESC LIMIT CAST(:limit AS integer) + 1
        ) AS page
        """,
        actor_id=UUID_,
        target_id=UUID_,
        operation=TEXT,
        after_key=TEXT,
        after_id=TEXT,
        limit=INT,
    ).columns(*_PAGE),
    "Entries of the audit log, the newest first.",
    optional="actor_id target_id operation",
)

export_part = part_of("admin")
