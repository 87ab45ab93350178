"""Printed from _statements.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_OPEN_REVIEW = """
INSERT INTO admin.review AS r
    (id, target_type, target_id, target_version, business_id, snapshot, submitted_at)
VALUES ($1::UUID, 'listing', $2::UUID, $3::INTEGER, $4::UUID, CAST($5::VARCHAR AS jsonb),
    $6::TIMESTAMP WITH TIME ZONE)
ON CONFLICT (target_type, target_id) DO UPDATE
SET target_version = excluded.target_version, snapshot = excluded.snapshot,
    submitted_at = excluded.submitted_at, state = 'pending', leased_by = NULL,
    leased_until = NULL, decided_by = NULL, decided_at = NULL, reason = NULL, note = NULL
WHERE r.target_version < excluded.target_version
"""


def open_review(db: Connection, *, id: UUID, listing_id: UUID, version: int, business_id: UUID, snapshot: str, submitted_at: datetime) -> int:
    """Let a version of a listing wait for a decision, unless a newer one has come."""
    return db.done(_OPEN_REVIEW, id, listing_id, version, business_id, snapshot, submitted_at)


_CLOSE_REVIEW = """
INSERT INTO admin.review AS r
    (id, target_type, target_id, target_version, business_id, snapshot, state, submitted_at)
VALUES ($1::UUID, 'listing', $2::UUID, $3::INTEGER, $4::UUID, '{}', 'withdrawn',
    clock_timestamp())
ON CONFLICT (target_type, target_id) DO UPDATE
SET target_version = excluded.target_version,
    state = CASE WHEN r.state = 'pending' THEN 'withdrawn' ELSE r.state END,
    leased_by = NULL, leased_until = NULL
WHERE r.target_version <= excluded.target_version
"""


def close_review(db: Connection, *, id: UUID, listing_id: UUID, version: int, business_id: UUID) -> int:
    """Take a listing out of the queue, whatever of it arrives later."""
    return db.done(_CLOSE_REVIEW, id, listing_id, version, business_id)


_ERASE_REVIEW = """
INSERT INTO admin.review AS r
    (id, target_type, target_id, target_version, business_id, snapshot, state, submitted_at)
VALUES ($1::UUID, 'listing', $2::UUID, $3::INTEGER, $4::UUID, '{}', 'withdrawn',
    clock_timestamp())
ON CONFLICT (target_type, target_id) DO UPDATE
SET snapshot = '{}', note = NULL, leased_by = NULL, leased_until = NULL,
    target_version = greatest(r.target_version, excluded.target_version),
    state = CASE WHEN r.state = 'pending' THEN 'withdrawn' ELSE r.state END
"""


def erase_review(db: Connection, *, id: UUID, listing_id: UUID, version: int, business_id: UUID) -> int:
    """Forget what a listing said; what was decided about it stays."""
    return db.done(_ERASE_REVIEW, id, listing_id, version, business_id)


_PAGE_OF_REVIEWS = """
SELECT
'[' || coalesce(string_agg(item, ',' ORDER BY n) FILTER (WHERE n <= $1::INTEGER), '') || ']'
    AS items,
max(submitted_at::text) FILTER (WHERE n = $1::INTEGER) AS last_key,
max(id::text) FILTER (WHERE n = $1::INTEGER) AS last_id, count(*) > $1::INTEGER AS more
    FROM (
        SELECT jsonb_build_object(
'id', r.id, 'listing_id', r.target_id, 'version', r.target_version,
'business_id', r.business_id, 'snapshot', r.snapshot, 'state', r.state,
'submitted_at', r.submitted_at,
'leased_by', CASE WHEN (r.state = 'pending' AND r.leased_until > $2::TIMESTAMP WITH TIME ZONE) THEN r.leased_by END,
'leased_until', CASE WHEN (r.state = 'pending' AND r.leased_until > $2::TIMESTAMP WITH TIME ZONE) THEN r.leased_until END,
'decided_by', r.decided_by, 'decided_at', r.decided_at, 'reason', r.reason,
'note', r.note)::text AS item, r.submitted_at, r.id,
            row_number() OVER (ORDER BY r.submitted_at, r.id) AS n
        FROM admin.review AS r
        WHERE r.target_type = 'listing' AND r.state = $3::VARCHAR AND (r.submitted_at, r.id) > (CAST($4::VARCHAR AS timestamptz), CAST($5::VARCHAR AS uuid))
        ORDER BY r.submitted_at, r.id LIMIT CAST($1::INTEGER AS integer) + 1
    ) AS page
"""


class PageOfReviewsRow(NamedTuple):
    """What `page_of_reviews` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_of_reviews(db: Connection, *, limit: int, now: datetime, state: str, after_key: str, after_id: str) -> PageOfReviewsRow:
    """Reviews of listings in one state, the oldest first."""
    return db.one(PageOfReviewsRow, _PAGE_OF_REVIEWS, limit, now, state, after_key, after_id)


_LEASE_PAGE_OF_REVIEWS = """
WITH candidate AS (
        SELECT r.id, r.submitted_at FROM admin.review AS r
        WHERE r.target_type = 'listing' AND r.state = 'pending' AND (r.submitted_at, r.id) > (CAST($1::VARCHAR AS timestamptz), CAST($2::VARCHAR AS uuid)) AND (r.leased_by IS NULL OR r.leased_by = $3::UUID OR r.leased_until <= $4::TIMESTAMP WITH TIME ZONE)
            AND r.business_id <> ALL (CAST($5::UUID[] AS uuid[]))
        ORDER BY r.submitted_at, r.id LIMIT CAST($6::INTEGER AS integer) + 1
        FOR UPDATE SKIP LOCKED
    ), leased AS (
        UPDATE admin.review AS r
        SET leased_by = $3::UUID, leased_until = CAST($7::TIMESTAMP WITH TIME ZONE AS timestamptz)
        WHERE r.id IN (SELECT id FROM candidate ORDER BY submitted_at, id LIMIT $6::INTEGER)
        RETURNING jsonb_build_object(
'id', r.id, 'listing_id', r.target_id, 'version', r.target_version,
'business_id', r.business_id, 'snapshot', r.snapshot, 'state', r.state,
'submitted_at', r.submitted_at,
'leased_by', CASE WHEN (r.state = 'pending' AND r.leased_until > $4::TIMESTAMP WITH TIME ZONE) THEN r.leased_by END,
'leased_until', CASE WHEN (r.state = 'pending' AND r.leased_until > $4::TIMESTAMP WITH TIME ZONE) THEN r.leased_until END,
'decided_by', r.decided_by, 'decided_at', r.decided_at, 'reason', r.reason,
'note', r.note)::text AS item, r.submitted_at, r.id
    )
    SELECT
'[' || coalesce(string_agg(item, ',' ORDER BY n) FILTER (WHERE n <= $6::INTEGER), '') || ']'
    AS items,
max(submitted_at::text) FILTER (WHERE n = $6::INTEGER) AS last_key,
max(id::text) FILTER (WHERE n = $6::INTEGER) AS last_id, (SELECT count(*) FROM candidate) > $6::INTEGER AS more
    FROM (SELECT *, row_number() OVER (ORDER BY submitted_at, id) AS n FROM leased) AS page
"""


class LeasePageOfReviewsRow(NamedTuple):
    """What `lease_page_of_reviews` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def lease_page_of_reviews(db: Connection, *, after_key: str, after_id: str, moderator: UUID, now: datetime, own_businesses: list[UUID], limit: int, until: datetime) -> LeasePageOfReviewsRow:
    """The oldest reviews that nobody else looks at, now leased to a moderator."""
    return db.one(LeasePageOfReviewsRow, _LEASE_PAGE_OF_REVIEWS, after_key, after_id, moderator, now, own_businesses, limit, until)


_REVIEW_OF_LISTING = """
SELECT r.business_id, r.state, r.target_version AS version, jsonb_build_object(
'id', r.id, 'listing_id', r.target_id, 'version', r.target_version,
'business_id', r.business_id, 'snapshot', r.snapshot, 'state', r.state,
'submitted_at', r.submitted_at,
'leased_by', CASE WHEN (r.state = 'pending' AND r.leased_until > $1::TIMESTAMP WITH TIME ZONE) THEN r.leased_by END,
'leased_until', CASE WHEN (r.state = 'pending' AND r.leased_until > $1::TIMESTAMP WITH TIME ZONE) THEN r.leased_until END,
'decided_by', r.decided_by, 'decided_at', r.decided_at, 'reason', r.reason,
'note', r.note)::text AS json
    FROM admin.review AS r WHERE r.target_type = 'listing' AND r.target_id = $2::UUID
"""


class ReviewOfListingRow(NamedTuple):
    """What `review_of_listing` returns."""

    business_id: UUID
    state: str
    version: int
    json: str


def review_of_listing(db: Connection, *, now: datetime, listing_id: UUID) -> ReviewOfListingRow | None:
    """The review of a listing."""
    return db.maybe(ReviewOfListingRow, _REVIEW_OF_LISTING, now, listing_id)


_DECIDE_REVIEW = """
UPDATE admin.review AS r
    SET state = $1::VARCHAR, decided_by = $2::UUID, decided_at = $3::TIMESTAMP WITH TIME ZONE, reason = $4::VARCHAR,
        note = $5::VARCHAR, leased_by = NULL, leased_until = NULL
    WHERE r.target_type = 'listing' AND r.target_id = $6::UUID AND r.state = 'pending' AND r.target_version = $7::INTEGER AND (r.leased_by IS NULL OR r.leased_by = $2::UUID OR r.leased_until <= $3::TIMESTAMP WITH TIME ZONE)
    RETURNING r.id, r.state, jsonb_build_object(
'id', r.id, 'listing_id', r.target_id, 'version', r.target_version,
'business_id', r.business_id, 'snapshot', r.snapshot, 'state', r.state,
'submitted_at', r.submitted_at,
'leased_by', CASE WHEN (r.state = 'pending' AND r.leased_until > $3::TIMESTAMP WITH TIME ZONE) THEN r.leased_by END,
'leased_until', CASE WHEN (r.state = 'pending' AND r.leased_until > $3::TIMESTAMP WITH TIME ZONE) THEN r.leased_until END,
'decided_by', r.decided_by, 'decided_at', r.decided_at, 'reason', r.reason,
'note', r.note)::text AS json
"""


class DecideReviewRow(NamedTuple):
    """What `decide_review` returns."""

    id: UUID
    state: str
    json: str


def decide_review(db: Connection, *, state: str, moderator: UUID, now: datetime, reason: str | None, note: str | None, listing_id: UUID, version: int) -> DecideReviewRow | None:
    """Decide on a version that still waits and that nobody else looks at."""
    return db.maybe(DecideReviewRow, _DECIDE_REVIEW, state, moderator, now, reason, note, listing_id, version)


_PAGE_OF_AUDIT_ENTRIES = """
SELECT coalesce(string_agg(item, ',' ORDER BY n) FILTER (WHERE n <= $1::INTEGER), '') AS items,
    max(at::text) FILTER (WHERE n = $1::INTEGER) AS last_key,
    max(id::text) FILTER (WHERE n = $1::INTEGER) AS last_id, count(*) > $1::INTEGER AS more
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
    WHERE (CAST($2::UUID AS uuid) IS NULL OR e.actor_id = $2::UUID)
        AND (CAST($3::UUID AS uuid) IS NULL OR e.target_id = $3::UUID)
        AND (CAST($4::VARCHAR AS text) IS NULL OR e.operation = $4::VARCHAR)
        AND (e.at, e.id) < (CAST($5::VARCHAR AS timestamptz), CAST($6::VARCHAR AS uuid))
    ORDER BY e.at DESC, e.id DESC LIMIT CAST($1::INTEGER AS integer) + 1
) AS page
"""


class PageOfAuditEntriesRow(NamedTuple):
    """What `page_of_audit_entries` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_of_audit_entries(db: Connection, *, limit: int, actor_id: UUID | None, target_id: UUID | None, operation: str | None, after_key: str, after_id: str) -> PageOfAuditEntriesRow:
    """Entries of the audit log, the newest first."""
    return db.one(PageOfAuditEntriesRow, _PAGE_OF_AUDIT_ENTRIES, limit, actor_id, target_id, operation, after_key, after_id)


_EXPORT_PART = """
SELECT jsonb_build_object(
        'admin.review', jsonb_build_object('kept', 'as long as the business', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT snapshot, note, state, leased_until, decided_at, reason, submitted_at, id, target_type, target_id, target_version, business_id FROM admin.review WHERE business_id = ANY ($1::UUID[])) AS r
                UNION ALL SELECT to_jsonb(r) AS held FROM (SELECT leased_by, state, leased_until, decided_at, reason, submitted_at, id, target_type, target_id, target_version FROM admin.review WHERE leased_by = $2::UUID) AS r
                UNION ALL SELECT to_jsonb(r) AS held FROM (SELECT decided_by, state, leased_until, decided_at, reason, submitted_at, id, target_type, target_id, target_version FROM admin.review WHERE decided_by = $2::UUID) AS r) AS given)))::text AS json
"""


def export_part(db: Connection, *, business_ids: list[UUID], user_id: UUID) -> str | None:
    """All that this service holds of a person, and nothing of anybody else."""
    result: str | None = db.value(_EXPORT_PART, business_ids, user_id)
    return result
