"""What happens to listings by a decision, by the clock and by what their business does."""

from functions.listings._statements._fragments import GONE, TOUCH, note, put_public
from shared.manifest.statements import (
    BOOL,
    INSTANT,
    INT,
    TEXT,
    TEXTS,
    UUID_,
    maybe,
    one,
    rows,
    sql,
    value,
)
from shared.tables.retention import MATRIX
from shared.tables.types import may, must

approve_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l
            SET state = 'published', published_at = coalesce(l.published_at, :decided_at),
                expires_at = CAST(:decided_at AS timestamptz)
                    + make_interval(hours => l.duration_hours), {TOUCH}
            WHERE l.id = :id AND l.state = 'pending' AND l.version = :version
            RETURNING l.*
        ), noted AS ({note("'pending'", ":decided_by", "'approved'")}
        ), shown AS ({put_public("changed")})
        SELECT id, business_id, version, title, type, category, country, published_at, expires_at,
            published_at = :decided_at AS first
        FROM changed
        """,
        id=UUID_,
        version=INT,
        decided_by=UUID_,
        decided_at=INSTANT,
    ).columns(
        id=UUID_,
        business_id=UUID_,
        version=INT,
        title=TEXT,
        type=TEXT,
        category=TEXT,
        country=TEXT,
        published_at=INSTANT,
        expires_at=INSTANT,
        first=BOOL,
    ),
    "Put an approved listing on the market, unless it changed since it was decided on.",
)

reject_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l
            SET state = 'rejected', rejection_reason = :reason, rejection_note = :note, {TOUCH}
            WHERE l.id = :id AND l.state = 'pending' AND l.version = :version
            RETURNING l.*
        ), noted AS ({note("'pending'", ":decided_by", ":reason")})
        SELECT id, business_id, version, title FROM changed
        """,
        id=UUID_,
        version=INT,
        reason=TEXT,
        note=TEXT,
        decided_by=UUID_,
    ).columns(id=UUID_, business_id=UUID_, version=INT, title=TEXT),
    "Refuse a listing, unless it changed since it was decided on.",
    optional="note",
)

expire_due = rows(
    sql(
        f"""
        WITH due AS (
            SELECT id, state FROM listings.listing
            WHERE state IN ('published', 'paused') AND expires_at <= :now
            ORDER BY expires_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
        ), changed AS (
            UPDATE listings.listing AS l SET state = 'expired', {TOUCH}
            FROM due WHERE l.id = due.id AND l.state IN ('published', 'paused')
            RETURNING l.*, due.state AS was
        ), noted AS ({note("was", "CAST(NULL AS uuid)")}), gone AS ({GONE})
        SELECT id, business_id, version, title, expires_at FROM changed ORDER BY expires_at, id
        """,
        now=INSTANT,
        limit=INT,
    ).columns(id=UUID_, business_id=UUID_, version=INT, title=TEXT, expires_at=INSTANT),
    "Take listings whose time is up off the market.",
)

remind_due = rows(
    sql(
        """
        WITH due AS (
            SELECT l.id, l.business_id, l.version, l.title, l.expires_at FROM listings.listing AS l
            WHERE l.state IN ('published', 'paused') AND l.expires_at > :now
                AND l.expires_at <= CAST(:now AS timestamptz) + interval '24 hours'
                AND l.expires_at <= CAST(:now AS timestamptz)
                    + make_interval(mins => l.duration_hours * 15)
                AND NOT EXISTS (SELECT FROM listings.reminder AS r WHERE r.listing_id = l.id
                    AND r.expires_at = l.expires_at AND r.kind = 'expiring')
            ORDER BY l.expires_at, l.id LIMIT :limit
        ), noted AS (
            INSERT INTO listings.reminder (listing_id, expires_at, kind)
            SELECT id, expires_at, 'expiring' FROM due
            ON CONFLICT DO NOTHING RETURNING listing_id
        )
        SELECT due.id, due.business_id, due.version, due.title, due.expires_at
        FROM due JOIN noted ON noted.listing_id = due.id ORDER BY due.expires_at, due.id
        """,
        now=INSTANT,
        limit=INT,
    ).columns(id=UUID_, business_id=UUID_, version=INT, title=TEXT, expires_at=INSTANT),
    "Note, once for each date, the listings in the last quarter of their time.",
)

refresh_cards = one(
    sql(
        f"""
        WITH locked AS MATERIALIZED (
            SELECT * FROM listings.listing
            WHERE business_id = :business_id AND id > :after
                AND state IN ('pending', 'published', 'paused')
            ORDER BY id LIMIT :limit FOR UPDATE
        ), shown AS ({put_public("locked")})
        SELECT count(*) AS seen, max(id::text) AS last FROM locked
        """,
        business_id=UUID_,
        after=UUID_,
        limit=INT,
    ).columns(must("seen", INT), may("last", TEXT)),
    # Pending and paused rows are locked too, so that one being published meanwhile is waited for.
    "Show the listings of a business anew, in batches by id.",
)

erase_listings = rows(
    sql(
        f"""
        WITH locked AS MATERIALIZED (
            SELECT id, state FROM listings.listing
            WHERE business_id = :business_id AND id > :after ORDER BY id LIMIT :limit FOR UPDATE
        ), changed AS (
            UPDATE listings.listing AS l
            SET {MATRIX["listings.listing"].blanked()}, {TOUCH}
            FROM locked WHERE l.id = locked.id RETURNING l.*, locked.state AS was
        ), noted AS ({note("was", "CAST(NULL AS uuid)", "'erased'")} WHERE was <> 'removed'
        ), gone AS ({GONE})
        SELECT id, version FROM changed ORDER BY id
        """,
        business_id=UUID_,
        after=UUID_,
        limit=INT,
    ).columns(id=UUID_, version=INT),
    "Empty the listings of a business, in batches by id.",
)

forget_events = value(
    sql("SELECT platform.forget_events(:keys)", keys=TEXTS).columns(forgotten=TEXT),
    "Forget what was announced of some listings.",
)
