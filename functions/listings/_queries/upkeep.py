"""Printed from _statements/upkeep.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_APPROVE_LISTING = """
WITH changed AS (
        UPDATE listings.listing AS l
        SET state = 'published', published_at = coalesce(l.published_at, $1::TIMESTAMP WITH TIME ZONE),
            expires_at = CAST($1::TIMESTAMP WITH TIME ZONE AS timestamptz)
                + make_interval(hours => l.duration_hours), version = l.version + 1, updated_at = clock_timestamp()
        WHERE l.id = $2::UUID AND l.state = 'pending' AND l.version = $3::INTEGER
        RETURNING l.*
    ), noted AS (INSERT INTO listings.transition
        (listing_id, business_id, from_state, to_state, actor_id, reason)
    SELECT id, business_id, 'pending', state, $4::UUID, 'approved' FROM changed
    ), shown AS (INSERT INTO listings.public_listing (id, business_id, type, sector, category, country, city_id, price_minor, currency, verified, attributes, search, place, published_at, expires_at, card, detail)
    SELECT l.id, l.business_id, l.type, k.parent, l.category, l.country, l.city_id,
        l.price_minor, l.currency, b.verification IN ('verified', 'trusted'), l.attributes,
        array_to_tsvector(ARRAY(
    SELECT left(word, 64) || mark
    FROM (VALUES (l.folded_title, '^'), (l.folded_title, '^@' || floor(extract(epoch FROM l.published_at))::bigint / 28800),
            (l.folded_title || ' ' || l.folded_text, ''),
            (l.folded_title || ' ' || l.folded_text, '@' || floor(extract(epoch FROM l.published_at))::bigint / 28800)
        ) AS said (words, mark), string_to_table(said.words, ' ') AS word
    WHERE word <> ''
) || ARRAY['#' || floor(extract(epoch FROM l.published_at))::bigint / 2400,
    '=type:' || l.type, '=country:' || l.country, '=city:' || l.city_id,
    '=category:' || l.category, '=category:' || k.parent]), ll_to_earth(
least(90, floor(l.latitude * 100) / 100
    + ('x' || right(l.id::text, 6))::bit(24)::int / 1677721600.0),
floor(l.longitude * 100) / 100
    + ('x' || substr(l.id::text, 25, 6))::bit(24)::int / 1677721600.0), l.published_at, l.expires_at, made.card::text,
        (made.card || jsonb_build_object('description', l.description, 'sector', k.parent,
'attributes', l.attributes, 'location', jsonb_build_object(
    'latitude', round((floor(l.latitude * 100) / 100)::numeric + 0.005, 3),
    'longitude', round((floor(l.longitude * 100) / 100)::numeric + 0.005, 3))))::text
    FROM changed AS l
    JOIN users.business AS b ON b.id = l.business_id
    JOIN platform.city AS c ON c.id = l.city_id
    JOIN listings.category AS k ON k.id = l.category
    CROSS JOIN LATERAL (SELECT jsonb_build_object(
'id', l.id, 'type', l.type, 'title', l.title, 'category', l.category, 'price', jsonb_build_object('kind', l.price_kind, 'amount_minor', l.price_minor,
'max_minor', l.price_max_minor, 'currency', l.currency, 'unit', l.price_unit),
'country', l.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
'reach', l.reach, 'language', l.language,
'business', jsonb_build_object('id', b.id, 'name', b.name, 'slug', b.slug,
    'verification', b.verification),
'published_at', l.published_at, 'expires_at', l.expires_at) AS card) AS made
    WHERE l.state = 'published'
    ON CONFLICT (id) DO UPDATE SET business_id = excluded.business_id, type = excluded.type, sector = excluded.sector, category = excluded.category, country = excluded.country, city_id = excluded.city_id, price_minor = excluded.price_minor, currency = excluded.currency, verified = excluded.verified, attributes = excluded.attributes, search = excluded.search, place = excluded.place, published_at = excluded.published_at, expires_at = excluded.expires_at, card = excluded.card, detail = excluded.detail)
    SELECT id, business_id, version, title, type, category, country, published_at, expires_at,
        published_at = $1::TIMESTAMP WITH TIME ZONE AS first
    FROM changed
"""


class ApproveListingRow(NamedTuple):
    """What `approve_listing` returns."""

    id: UUID
    business_id: UUID
    version: int
    title: str
    type: str
    category: str
    country: str
    published_at: datetime
    expires_at: datetime
    first: bool


def approve_listing(db: Connection, *, decided_at: datetime, id: UUID, version: int, decided_by: UUID) -> ApproveListingRow | None:
    """Put an approved listing on the market, unless it changed since it was decided on."""
    return db.maybe(ApproveListingRow, _APPROVE_LISTING, decided_at, id, version, decided_by)


_REJECT_LISTING = """
WITH changed AS (
    UPDATE listings.listing AS l
    SET state = 'rejected', rejection_reason = $1::VARCHAR, rejection_note = $2::VARCHAR, version = l.version + 1, updated_at = clock_timestamp()
    WHERE l.id = $3::UUID AND l.state = 'pending' AND l.version = $4::INTEGER
    RETURNING l.*
), noted AS (INSERT INTO listings.transition
    (listing_id, business_id, from_state, to_state, actor_id, reason)
SELECT id, business_id, 'pending', state, $5::UUID, $1::VARCHAR FROM changed)
SELECT id, business_id, version, title FROM changed
"""


class RejectListingRow(NamedTuple):
    """What `reject_listing` returns."""

    id: UUID
    business_id: UUID
    version: int
    title: str


def reject_listing(db: Connection, *, reason: str, note: str | None, id: UUID, version: int, decided_by: UUID) -> RejectListingRow | None:
    """Refuse a listing, unless it changed since it was decided on."""
    return db.maybe(RejectListingRow, _REJECT_LISTING, reason, note, id, version, decided_by)


_EXPIRE_DUE = """
WITH due AS (
    SELECT id, state FROM listings.listing
    WHERE state IN ('published', 'paused') AND expires_at <= $1::TIMESTAMP WITH TIME ZONE
    ORDER BY expires_at, id LIMIT $2::INTEGER FOR UPDATE SKIP LOCKED
), changed AS (
    UPDATE listings.listing AS l SET state = 'expired', version = l.version + 1, updated_at = clock_timestamp()
    FROM due WHERE l.id = due.id AND l.state IN ('published', 'paused')
    RETURNING l.*, due.state AS was
), noted AS (INSERT INTO listings.transition
    (listing_id, business_id, from_state, to_state, actor_id, reason)
SELECT id, business_id, was, state, CAST(NULL AS uuid), NULL FROM changed), gone AS (DELETE FROM listings.public_listing AS p USING changed WHERE p.id = changed.id)
SELECT id, business_id, version, title, expires_at FROM changed ORDER BY expires_at, id
"""


class ExpireDueRow(NamedTuple):
    """What `expire_due` returns."""

    id: UUID
    business_id: UUID
    version: int
    title: str
    expires_at: datetime


def expire_due(db: Connection, *, now: datetime, limit: int) -> list[ExpireDueRow]:
    """Take listings whose time is up off the market."""
    return db.rows(ExpireDueRow, _EXPIRE_DUE, now, limit)


_REMIND_DUE = """
WITH due AS (
    SELECT l.id, l.business_id, l.version, l.title, l.expires_at FROM listings.listing AS l
    WHERE l.state IN ('published', 'paused') AND l.expires_at > $1::TIMESTAMP WITH TIME ZONE
        AND l.expires_at <= CAST($1::TIMESTAMP WITH TIME ZONE AS timestamptz) + interval '24 hours'
        AND l.expires_at <= CAST($1::TIMESTAMP WITH TIME ZONE AS timestamptz)
            + make_interval(mins => l.duration_hours * 15)
        AND NOT EXISTS (SELECT FROM listings.reminder AS r WHERE r.listing_id = l.id
            AND r.expires_at = l.expires_at AND r.kind = 'expiring')
    ORDER BY l.expires_at, l.id LIMIT $2::INTEGER
), noted AS (
    INSERT INTO listings.reminder (listing_id, expires_at, kind)
    SELECT id, expires_at, 'expiring' FROM due
    ON CONFLICT DO NOTHING RETURNING listing_id
)
SELECT due.id, due.business_id, due.version, due.title, due.expires_at
FROM due JOIN noted ON noted.listing_id = due.id ORDER BY due.expires_at, due.id
"""


class RemindDueRow(NamedTuple):
    """What `remind_due` returns."""

    id: UUID
    business_id: UUID
    version: int
    title: str
    expires_at: datetime


def remind_due(db: Connection, *, now: datetime, limit: int) -> list[RemindDueRow]:
    """Note, once for each date, the listings in the last quarter of their time."""
    return db.rows(RemindDueRow, _REMIND_DUE, now, limit)


_REFRESH_CARDS = """
WITH locked AS MATERIALIZED (
        SELECT * FROM listings.listing
        WHERE business_id = $1::UUID AND id > $2::UUID
            AND state IN ('pending', 'published', 'paused')
        ORDER BY id LIMIT $3::INTEGER FOR UPDATE
    ), shown AS (INSERT INTO listings.public_listing (id, business_id, type, sector, category, country, city_id, price_minor, currency, verified, attributes, search, place, published_at, expires_at, card, detail)
    SELECT l.id, l.business_id, l.type, k.parent, l.category, l.country, l.city_id,
        l.price_minor, l.currency, b.verification IN ('verified', 'trusted'), l.attributes,
        array_to_tsvector(ARRAY(
    SELECT left(word, 64) || mark
    FROM (VALUES (l.folded_title, '^'), (l.folded_title, '^@' || floor(extract(epoch FROM l.published_at))::bigint / 28800),
            (l.folded_title || ' ' || l.folded_text, ''),
            (l.folded_title || ' ' || l.folded_text, '@' || floor(extract(epoch FROM l.published_at))::bigint / 28800)
        ) AS said (words, mark), string_to_table(said.words, ' ') AS word
    WHERE word <> ''
) || ARRAY['#' || floor(extract(epoch FROM l.published_at))::bigint / 2400,
    '=type:' || l.type, '=country:' || l.country, '=city:' || l.city_id,
    '=category:' || l.category, '=category:' || k.parent]), ll_to_earth(
least(90, floor(l.latitude * 100) / 100
    + ('x' || right(l.id::text, 6))::bit(24)::int / 1677721600.0),
floor(l.longitude * 100) / 100
    + ('x' || substr(l.id::text, 25, 6))::bit(24)::int / 1677721600.0), l.published_at, l.expires_at, made.card::text,
        (made.card || jsonb_build_object('description', l.description, 'sector', k.parent,
'attributes', l.attributes, 'location', jsonb_build_object(
    'latitude', round((floor(l.latitude * 100) / 100)::numeric + 0.005, 3),
    'longitude', round((floor(l.longitude * 100) / 100)::numeric + 0.005, 3))))::text
    FROM locked AS l
    JOIN users.business AS b ON b.id = l.business_id
    JOIN platform.city AS c ON c.id = l.city_id
    JOIN listings.category AS k ON k.id = l.category
    CROSS JOIN LATERAL (SELECT jsonb_build_object(
'id', l.id, 'type', l.type, 'title', l.title, 'category', l.category, 'price', jsonb_build_object('kind', l.price_kind, 'amount_minor', l.price_minor,
'max_minor', l.price_max_minor, 'currency', l.currency, 'unit', l.price_unit),
'country', l.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
'reach', l.reach, 'language', l.language,
'business', jsonb_build_object('id', b.id, 'name', b.name, 'slug', b.slug,
    'verification', b.verification),
'published_at', l.published_at, 'expires_at', l.expires_at) AS card) AS made
    WHERE l.state = 'published'
    ON CONFLICT (id) DO UPDATE SET business_id = excluded.business_id, type = excluded.type, sector = excluded.sector, category = excluded.category, country = excluded.country, city_id = excluded.city_id, price_minor = excluded.price_minor, currency = excluded.currency, verified = excluded.verified, attributes = excluded.attributes, search = excluded.search, place = excluded.place, published_at = excluded.published_at, expires_at = excluded.expires_at, card = excluded.card, detail = excluded.detail)
    SELECT count(*) AS seen, max(id::text) AS last FROM locked
"""


class RefreshCardsRow(NamedTuple):
    """What `refresh_cards` returns."""

    seen: int
    last: str | None


def refresh_cards(db: Connection, *, business_id: UUID, after: UUID, limit: int) -> RefreshCardsRow:
    """Show the listings of a business anew, in batches by id."""
    return db.one(RefreshCardsRow, _REFRESH_CARDS, business_id, after, limit)


_ERASE_LISTINGS = """
WITH locked AS MATERIALIZED (
    SELECT id, state FROM listings.listing
    WHERE business_id = $1::UUID AND id > $2::UUID ORDER BY id LIMIT $3::INTEGER FOR UPDATE
), changed AS (
    UPDATE listings.listing AS l
    SET title = '', description = '', attributes = '{}', price_kind = 'negotiable', price_minor = NULL, price_max_minor = NULL, currency = NULL, price_unit = NULL, latitude = 0, longitude = 0, folded_title = '', folded_text = '', rejection_note = NULL, state = 'removed', version = l.version + 1, updated_at = clock_timestamp()
    FROM locked WHERE l.id = locked.id RETURNING l.*, locked.state AS was
), noted AS (INSERT INTO listings.transition
    (listing_id, business_id, from_state, to_state, actor_id, reason)
SELECT id, business_id, was, state, CAST(NULL AS uuid), 'erased' FROM changed WHERE was <> 'removed'
), gone AS (DELETE FROM listings.public_listing AS p USING changed WHERE p.id = changed.id)
SELECT id, version FROM changed ORDER BY id
"""


class EraseListingsRow(NamedTuple):
    """What `erase_listings` returns."""

    id: UUID
    version: int


def erase_listings(db: Connection, *, business_id: UUID, after: UUID, limit: int) -> list[EraseListingsRow]:
    """Empty the listings of a business, in batches by id."""
    return db.rows(EraseListingsRow, _ERASE_LISTINGS, business_id, after, limit)


_FORGET_EVENTS = """
SELECT platform.forget_events($1::TEXT[])
"""


def forget_events(db: Connection, *, keys: list[str]) -> str | None:
    """Forget what was announced of some listings."""
    result: str | None = db.value(_FORGET_EVENTS, keys)
    return result
