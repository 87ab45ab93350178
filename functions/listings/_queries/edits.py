"""Printed from _statements/edits.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_INSERT_LISTING = """
WITH changed AS (
        INSERT INTO listings.listing (id, business_id, author_id, state, type, title, description, language, category, attributes, attributes_version, price_kind, price_minor, price_max_minor, currency, price_unit, country, city_id, latitude, longitude, reach, folded_title, folded_text, duration_hours)
        SELECT $1::UUID, $2::UUID, $3::UUID, 'pending', d.type, d.title, d.description, d.language, d.category, d.attributes, d.attributes_version, d.price_kind, d.price_minor, d.price_max_minor, d.currency, d.price_unit, d.country, d.city_id, d.latitude, d.longitude, d.reach, d.folded_title, d.folded_text, d.duration_hours
        FROM jsonb_to_record(CAST($4::VARCHAR AS jsonb)) AS d(type text, title text, description text, language text, category text,
attributes jsonb, attributes_version integer, price_kind text, price_minor bigint,
price_max_minor bigint, currency text, price_unit text, country text, city_id integer,
latitude float8, longitude float8, reach text, folded_title text, folded_text text,
duration_hours integer)
        ON CONFLICT (id) DO NOTHING
        RETURNING *
    ), noted AS (INSERT INTO listings.transition
        (listing_id, business_id, from_state, to_state, actor_id, reason)
    SELECT id, business_id, NULL, state, $3::UUID, NULL FROM changed)
    SELECT l.version, l.title, l.business_id, l.type, l.category, l.country,
    l.published_at, l.expires_at, l.updated_at, jsonb_build_object(
'id', l.id, 'business_id', l.business_id, 'type', l.type, 'state', CASE WHEN l.state IN ('published', 'paused') AND l.expires_at <= $5::TIMESTAMP WITH TIME ZONE
THEN 'expired' ELSE l.state END, 'title', l.title,
'description', l.description, 'language', l.language, 'category', l.category,
'attributes', l.attributes, 'price', jsonb_build_object('kind', l.price_kind, 'amount_minor', l.price_minor,
'max_minor', l.price_max_minor, 'currency', l.currency, 'unit', l.price_unit), 'country', l.country,
'city', jsonb_build_object('id', c.id, 'name', c.name),
'location', jsonb_build_object('latitude', l.latitude, 'longitude', l.longitude),
'reach', l.reach, 'duration_hours', l.duration_hours, 'published_at', l.published_at,
'expires_at', l.expires_at, 'outcome', l.outcome,
'rejection', CASE WHEN l.state = 'rejected' THEN
    jsonb_build_object('reason', l.rejection_reason, 'note', l.rejection_note) END,
'version', l.version, 'created_at', l.created_at, 'updated_at', l.updated_at)::text AS json
FROM changed AS l JOIN platform.city AS c ON c.id = l.city_id
"""


class InsertListingRow(NamedTuple):
    """What `insert_listing` returns."""

    version: int
    title: str
    business_id: UUID
    type: str
    category: str
    country: str
    published_at: datetime
    expires_at: datetime
    updated_at: datetime
    json: str


def insert_listing(db: Connection, *, id: UUID, business_id: UUID, actor_id: UUID, content: str, now: datetime) -> InsertListingRow | None:
    """Store a listing that waits for a decision, unless its id is taken."""
    return db.maybe(InsertListingRow, _INSERT_LISTING, id, business_id, actor_id, content, now)


_SAVE_LISTING = """
WITH changed AS (
        UPDATE listings.listing AS l
        SET state = $1::VARCHAR, type = d.type, title = d.title, description = d.description, language = d.language, category = d.category, attributes = d.attributes, attributes_version = d.attributes_version, price_kind = d.price_kind, price_minor = d.price_minor, price_max_minor = d.price_max_minor, currency = d.currency, price_unit = d.price_unit, country = d.country, city_id = d.city_id, latitude = d.latitude, longitude = d.longitude, reach = d.reach, folded_title = d.folded_title, folded_text = d.folded_text, duration_hours = d.duration_hours,
            rejection_reason = NULL, rejection_note = NULL, version = l.version + 1, updated_at = clock_timestamp()
        FROM jsonb_to_record(CAST($2::VARCHAR AS jsonb)) AS d(type text, title text, description text, language text, category text,
attributes jsonb, attributes_version integer, price_kind text, price_minor bigint,
price_max_minor bigint, currency text, price_unit text, country text, city_id integer,
latitude float8, longitude float8, reach text, folded_title text, folded_text text,
duration_hours integer)
        WHERE l.id = $3::UUID AND l.version = $4::INTEGER AND l.state = $5::VARCHAR
        RETURNING l.*
    ), noted AS (INSERT INTO listings.transition
        (listing_id, business_id, from_state, to_state, actor_id, reason)
    SELECT id, business_id, $5::VARCHAR, state, $6::UUID, 'edited' FROM changed
    ), gone AS (DELETE FROM listings.public_listing AS p USING changed WHERE p.id = changed.id AND changed.state = 'pending'
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
    SELECT l.version, l.title, l.business_id, l.type, l.category, l.country,
    l.published_at, l.expires_at, l.updated_at, jsonb_build_object(
'id', l.id, 'business_id', l.business_id, 'type', l.type, 'state', CASE WHEN l.state IN ('published', 'paused') AND l.expires_at <= $7::TIMESTAMP WITH TIME ZONE
THEN 'expired' ELSE l.state END, 'title', l.title,
'description', l.description, 'language', l.language, 'category', l.category,
'attributes', l.attributes, 'price', jsonb_build_object('kind', l.price_kind, 'amount_minor', l.price_minor,
'max_minor', l.price_max_minor, 'currency', l.currency, 'unit', l.price_unit), 'country', l.country,
'city', jsonb_build_object('id', c.id, 'name', c.name),
'location', jsonb_build_object('latitude', l.latitude, 'longitude', l.longitude),
'reach', l.reach, 'duration_hours', l.duration_hours, 'published_at', l.published_at,
'expires_at', l.expires_at, 'outcome', l.outcome,
'rejection', CASE WHEN l.state = 'rejected' THEN
    jsonb_build_object('reason', l.rejection_reason, 'note', l.rejection_note) END,
'version', l.version, 'created_at', l.created_at, 'updated_at', l.updated_at)::text AS json
FROM changed AS l JOIN platform.city AS c ON c.id = l.city_id
"""


class SaveListingRow(NamedTuple):
    """What `save_listing` returns."""

    version: int
    title: str
    business_id: UUID
    type: str
    category: str
    country: str
    published_at: datetime
    expires_at: datetime
    updated_at: datetime
    json: str


def save_listing(db: Connection, *, to_state: str, content: str, id: UUID, version: int, from_state: str, actor_id: UUID, now: datetime) -> SaveListingRow | None:
    """Store what a listing says now; on the market it is shown anew, in review it is not."""
    return db.maybe(SaveListingRow, _SAVE_LISTING, to_state, content, id, version, from_state, actor_id, now)


_EXTEND_LISTING = """
WITH changed AS (
        UPDATE listings.listing AS l
        SET expires_at = greatest(l.expires_at, $1::TIMESTAMP WITH TIME ZONE) + make_interval(hours => $2::INTEGER),
            state = CASE l.state WHEN 'expired' THEN 'published' ELSE l.state END, version = l.version + 1, updated_at = clock_timestamp()
        WHERE l.id = $3::UUID AND l.state IN ('published', 'paused', 'expired')
            AND l.state = $4::VARCHAR
        RETURNING l.*
    ), noted AS (INSERT INTO listings.transition
        (listing_id, business_id, from_state, to_state, actor_id, reason)
    SELECT id, business_id, $4::VARCHAR, state, $5::UUID, 'extended' FROM changed
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
    SELECT l.version, l.title, l.business_id, l.type, l.category, l.country,
    l.published_at, l.expires_at, l.updated_at, jsonb_build_object(
'id', l.id, 'business_id', l.business_id, 'type', l.type, 'state', CASE WHEN l.state IN ('published', 'paused') AND l.expires_at <= $1::TIMESTAMP WITH TIME ZONE
THEN 'expired' ELSE l.state END, 'title', l.title,
'description', l.description, 'language', l.language, 'category', l.category,
'attributes', l.attributes, 'price', jsonb_build_object('kind', l.price_kind, 'amount_minor', l.price_minor,
'max_minor', l.price_max_minor, 'currency', l.currency, 'unit', l.price_unit), 'country', l.country,
'city', jsonb_build_object('id', c.id, 'name', c.name),
'location', jsonb_build_object('latitude', l.latitude, 'longitude', l.longitude),
'reach', l.reach, 'duration_hours', l.duration_hours, 'published_at', l.published_at,
'expires_at', l.expires_at, 'outcome', l.outcome,
'rejection', CASE WHEN l.state = 'rejected' THEN
    jsonb_build_object('reason', l.rejection_reason, 'note', l.rejection_note) END,
'version', l.version, 'created_at', l.created_at, 'updated_at', l.updated_at)::text AS json
FROM changed AS l JOIN platform.city AS c ON c.id = l.city_id
"""


class ExtendListingRow(NamedTuple):
    """What `extend_listing` returns."""

    version: int
    title: str
    business_id: UUID
    type: str
    category: str
    country: str
    published_at: datetime
    expires_at: datetime
    updated_at: datetime
    json: str


def extend_listing(db: Connection, *, now: datetime, hours: int, id: UUID, from_state: str, actor_id: UUID) -> ExtendListingRow | None:
    """Give a listing more time; one that had left the market is back on it."""
    return db.maybe(ExtendListingRow, _EXTEND_LISTING, now, hours, id, from_state, actor_id)


_PAUSE_LISTING = """
WITH changed AS (
        UPDATE listings.listing AS l SET state = 'paused', version = l.version + 1, updated_at = clock_timestamp()
        WHERE l.id = $1::UUID AND l.state = 'published' AND l.expires_at > $2::TIMESTAMP WITH TIME ZONE
        RETURNING l.*
    ), noted AS (INSERT INTO listings.transition
        (listing_id, business_id, from_state, to_state, actor_id, reason)
    SELECT id, business_id, 'published', state, $3::UUID, NULL FROM changed), gone AS (DELETE FROM listings.public_listing AS p USING changed WHERE p.id = changed.id)
    SELECT l.version, l.title, l.business_id, l.type, l.category, l.country,
    l.published_at, l.expires_at, l.updated_at, jsonb_build_object(
'id', l.id, 'business_id', l.business_id, 'type', l.type, 'state', CASE WHEN l.state IN ('published', 'paused') AND l.expires_at <= $2::TIMESTAMP WITH TIME ZONE
THEN 'expired' ELSE l.state END, 'title', l.title,
'description', l.description, 'language', l.language, 'category', l.category,
'attributes', l.attributes, 'price', jsonb_build_object('kind', l.price_kind, 'amount_minor', l.price_minor,
'max_minor', l.price_max_minor, 'currency', l.currency, 'unit', l.price_unit), 'country', l.country,
'city', jsonb_build_object('id', c.id, 'name', c.name),
'location', jsonb_build_object('latitude', l.latitude, 'longitude', l.longitude),
'reach', l.reach, 'duration_hours', l.duration_hours, 'published_at', l.published_at,
'expires_at', l.expires_at, 'outcome', l.outcome,
'rejection', CASE WHEN l.state = 'rejected' THEN
    jsonb_build_object('reason', l.rejection_reason, 'note', l.rejection_note) END,
'version', l.version, 'created_at', l.created_at, 'updated_at', l.updated_at)::text AS json
FROM changed AS l JOIN platform.city AS c ON c.id = l.city_id
"""


class PauseListingRow(NamedTuple):
    """What `pause_listing` returns."""

    version: int
    title: str
    business_id: UUID
    type: str
    category: str
    country: str
    published_at: datetime
    expires_at: datetime
    updated_at: datetime
    json: str


def pause_listing(db: Connection, *, id: UUID, now: datetime, actor_id: UUID) -> PauseListingRow | None:
    """Take a listing off the market while its time runs on."""
    return db.maybe(PauseListingRow, _PAUSE_LISTING, id, now, actor_id)


_RESUME_LISTING = """
WITH changed AS (
        UPDATE listings.listing AS l SET state = 'published', version = l.version + 1, updated_at = clock_timestamp()
        WHERE l.id = $1::UUID AND l.state = 'paused' AND l.expires_at > $2::TIMESTAMP WITH TIME ZONE
        RETURNING l.*
    ), noted AS (INSERT INTO listings.transition
        (listing_id, business_id, from_state, to_state, actor_id, reason)
    SELECT id, business_id, 'paused', state, $3::UUID, NULL FROM changed), shown AS (INSERT INTO listings.public_listing (id, business_id, type, sector, category, country, city_id, price_minor, currency, verified, attributes, search, place, published_at, expires_at, card, detail)
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
    SELECT l.version, l.title, l.business_id, l.type, l.category, l.country,
    l.published_at, l.expires_at, l.updated_at, jsonb_build_object(
'id', l.id, 'business_id', l.business_id, 'type', l.type, 'state', CASE WHEN l.state IN ('published', 'paused') AND l.expires_at <= $2::TIMESTAMP WITH TIME ZONE
THEN 'expired' ELSE l.state END, 'title', l.title,
'description', l.description, 'language', l.language, 'category', l.category,
'attributes', l.attributes, 'price', jsonb_build_object('kind', l.price_kind, 'amount_minor', l.price_minor,
'max_minor', l.price_max_minor, 'currency', l.currency, 'unit', l.price_unit), 'country', l.country,
'city', jsonb_build_object('id', c.id, 'name', c.name),
'location', jsonb_build_object('latitude', l.latitude, 'longitude', l.longitude),
'reach', l.reach, 'duration_hours', l.duration_hours, 'published_at', l.published_at,
'expires_at', l.expires_at, 'outcome', l.outcome,
'rejection', CASE WHEN l.state = 'rejected' THEN
    jsonb_build_object('reason', l.rejection_reason, 'note', l.rejection_note) END,
'version', l.version, 'created_at', l.created_at, 'updated_at', l.updated_at)::text AS json
FROM changed AS l JOIN platform.city AS c ON c.id = l.city_id
"""


class ResumeListingRow(NamedTuple):
    """What `resume_listing` returns."""

    version: int
    title: str
    business_id: UUID
    type: str
    category: str
    country: str
    published_at: datetime
    expires_at: datetime
    updated_at: datetime
    json: str


def resume_listing(db: Connection, *, id: UUID, now: datetime, actor_id: UUID) -> ResumeListingRow | None:
    """Put a paused listing back on the market."""
    return db.maybe(ResumeListingRow, _RESUME_LISTING, id, now, actor_id)


_CLOSE_LISTING = """
WITH changed AS (
        UPDATE listings.listing AS l SET state = 'closed', outcome = $1::VARCHAR, version = l.version + 1, updated_at = clock_timestamp()
        WHERE l.id = $2::UUID AND l.state IN ('pending', 'published', 'paused', 'expired')
            AND l.state = $3::VARCHAR
        RETURNING l.*
    ), noted AS (INSERT INTO listings.transition
        (listing_id, business_id, from_state, to_state, actor_id, reason)
    SELECT id, business_id, $3::VARCHAR, state, $4::UUID, $1::VARCHAR FROM changed), gone AS (DELETE FROM listings.public_listing AS p USING changed WHERE p.id = changed.id)
    SELECT l.version, l.title, l.business_id, l.type, l.category, l.country,
    l.published_at, l.expires_at, l.updated_at, jsonb_build_object(
'id', l.id, 'business_id', l.business_id, 'type', l.type, 'state', CASE WHEN l.state IN ('published', 'paused') AND l.expires_at <= $5::TIMESTAMP WITH TIME ZONE
THEN 'expired' ELSE l.state END, 'title', l.title,
'description', l.description, 'language', l.language, 'category', l.category,
'attributes', l.attributes, 'price', jsonb_build_object('kind', l.price_kind, 'amount_minor', l.price_minor,
'max_minor', l.price_max_minor, 'currency', l.currency, 'unit', l.price_unit), 'country', l.country,
'city', jsonb_build_object('id', c.id, 'name', c.name),
'location', jsonb_build_object('latitude', l.latitude, 'longitude', l.longitude),
'reach', l.reach, 'duration_hours', l.duration_hours, 'published_at', l.published_at,
'expires_at', l.expires_at, 'outcome', l.outcome,
'rejection', CASE WHEN l.state = 'rejected' THEN
    jsonb_build_object('reason', l.rejection_reason, 'note', l.rejection_note) END,
'version', l.version, 'created_at', l.created_at, 'updated_at', l.updated_at)::text AS json
FROM changed AS l JOIN platform.city AS c ON c.id = l.city_id
"""


class CloseListingRow(NamedTuple):
    """What `close_listing` returns."""

    version: int
    title: str
    business_id: UUID
    type: str
    category: str
    country: str
    published_at: datetime
    expires_at: datetime
    updated_at: datetime
    json: str


def close_listing(db: Connection, *, outcome: str, id: UUID, from_state: str, actor_id: UUID, now: datetime) -> CloseListingRow | None:
    """End a listing and keep how it ended."""
    return db.maybe(CloseListingRow, _CLOSE_LISTING, outcome, id, from_state, actor_id, now)


_REMOVE_LISTING = """
WITH changed AS (
    UPDATE listings.listing AS l SET state = 'removed', version = l.version + 1, updated_at = clock_timestamp()
    WHERE l.id = $1::UUID AND l.state = $2::VARCHAR AND l.state <> 'removed'
    RETURNING l.*
), noted AS (INSERT INTO listings.transition
    (listing_id, business_id, from_state, to_state, actor_id, reason)
SELECT id, business_id, $2::VARCHAR, state, $3::UUID, NULL FROM changed), gone AS (DELETE FROM listings.public_listing AS p USING changed WHERE p.id = changed.id)
SELECT version FROM changed
"""


def remove_listing(db: Connection, *, id: UUID, from_state: str, actor_id: UUID) -> int | None:
    """Leave a tombstone, which offline devices learn of."""
    result: int | None = db.value(_REMOVE_LISTING, id, from_state, actor_id)
    return result
