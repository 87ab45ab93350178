"""Printed from _statements.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_FACTS = """
SELECT k.parent AS sector, k.version AS attributes_version, k.attributes::text AS schema,
    (SELECT string_agg(DISTINCT name.value, ' ' ORDER BY name.value)
        FROM jsonb_each_text(k.names) AS name) AS category_names,
    c.country AS city_country, c.folded_name AS city_name, c.latitude, c.longitude,
    (SELECT true FROM platform.currency WHERE code = $1::VARCHAR) AS knows_currency,
    (SELECT state FROM users.business WHERE id = $2::UUID) AS business_state
FROM (VALUES (1)) AS always (present)
LEFT JOIN listings.category AS k ON k.id = $3::VARCHAR
LEFT JOIN platform.city AS c ON c.id = $4::INTEGER
"""


class FactsRow(NamedTuple):
    """What `facts` returns."""

    sector: str | None
    attributes_version: int | None
    schema: str | None
    category_names: str | None
    city_country: str | None
    city_name: str | None
    latitude: float | None
    longitude: float | None
    knows_currency: bool | None
    business_state: str | None


def facts(db: Connection, *, currency: str | None, business_id: UUID, category: str, city_id: int) -> FactsRow:
    """What the rules ask about a category, a city, a currency and a business; NULL where unknown."""
    return db.one(FactsRow, _FACTS, currency, business_id, category, city_id)


_LOCK_LISTING = """
SELECT l.business_id, l.state AS stored_state, CASE WHEN l.state IN ('published', 'paused') AND l.expires_at <= $1::TIMESTAMP WITH TIME ZONE
THEN 'expired' ELSE l.state END AS state, l.version, l.title,
        l.expires_at, jsonb_build_object(
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
    FROM listings.listing AS l JOIN platform.city AS c ON c.id = l.city_id
    WHERE l.id = $2::UUID AND l.state <> 'removed' FOR UPDATE OF l
"""


class LockListingRow(NamedTuple):
    """What `lock_listing` returns."""

    business_id: UUID
    stored_state: str
    state: str
    version: int
    title: str
    expires_at: datetime | None
    json: str


def lock_listing(db: Connection, *, now: datetime, id: UUID) -> LockListingRow | None:
    """A listing of the caller's, locked until this transaction ends."""
    return db.maybe(LockListingRow, _LOCK_LISTING, now, id)


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


_PUBLIC_LISTING = """
SELECT detail FROM listings.public_listing WHERE id = $1::UUID AND expires_at > $2::TIMESTAMP WITH TIME ZONE
"""


def public_listing(db: Connection, *, id: UUID, now: datetime) -> str | None:
    """A live listing, as strangers see it."""
    result: str | None = db.value(_PUBLIC_LISTING, id, now)
    return result


_CATEGORIES = """
SELECT '[' || string_agg(jsonb_build_object('id', id, 'parent', parent,
    'names', CASE WHEN CAST($1::VARCHAR AS text) IS NULL THEN names ELSE jsonb_build_object(
        CASE WHEN names ? $1::VARCHAR THEN $1::VARCHAR ELSE 'en' END,
        coalesce(names -> $1::VARCHAR, names -> 'en')) END,
    'version', version, 'attributes', attributes)::text, ','
    ORDER BY coalesce(parent, id), parent IS NOT NULL, position, id) || ']' AS json
FROM listings.category
"""


def categories(db: Connection, *, language: str | None) -> str | None:
    """The category tree, each sector before its leaves."""
    result: str | None = db.value(_CATEGORIES, language)
    return result


_PAGE_BY_NEWEST = """
SELECT coalesce(string_agg(card, ',' ORDER BY n) FILTER (WHERE n <= $1::INTEGER), '') AS items,
        max(published_at::text) FILTER (WHERE n = $1::INTEGER) AS last_key,
        max(id::text) FILTER (WHERE n = $1::INTEGER) AS last_id,
        count(*) > $1::INTEGER AS more
    FROM (SELECT *, row_number() OVER (ORDER BY published_at DESC, id DESC) AS n
        FROM ((SELECT p.card, p.published_at, p.id FROM listings.public_listing AS p
        WHERE p.expires_at > $2::TIMESTAMP WITH TIME ZONE
AND (CAST($3::VARCHAR AS text) IS NULL OR p.type = $3::VARCHAR)
AND (CAST($4::VARCHAR AS text) IS NULL OR p.country = $4::VARCHAR)
AND (CAST($5::INTEGER AS integer) IS NULL OR p.city_id = $5::INTEGER)
AND (CAST($6::VARCHAR AS text) IS NULL OR p.currency = $6::VARCHAR)
AND (CAST($7::BIGINT AS bigint) IS NULL OR p.price_minor >= $7::BIGINT)
AND (CAST($8::BIGINT AS bigint) IS NULL OR p.price_minor <= $8::BIGINT)
AND (CAST($9::BOOLEAN AS boolean) IS NOT TRUE OR p.verified)
AND (CAST($10::VARCHAR AS text) IS NULL OR p.search @@ CAST($10::VARCHAR AS tsquery))
AND (cardinality(CAST($11::TEXT[] AS text[])) = 0 OR NOT EXISTS (
    SELECT FROM unnest(CAST($11::TEXT[] AS text[]), CAST($12::TEXT[] AS text[])) AS wanted (key, value)
    WHERE p.attributes ->> wanted.key IS DISTINCT FROM wanted.value)) AND (p.published_at, p.id) < (CAST($13::VARCHAR AS timestamptz), CAST($14::VARCHAR AS uuid))
            AND (CAST($15::VARCHAR AS text) IS NULL OR p.category = $15::VARCHAR)
        ORDER BY p.published_at DESC, p.id DESC LIMIT CAST($1::INTEGER AS integer) + 1)
    UNION ALL
    (SELECT p.card, p.published_at, p.id FROM listings.public_listing AS p
        WHERE p.expires_at > $2::TIMESTAMP WITH TIME ZONE
AND (CAST($3::VARCHAR AS text) IS NULL OR p.type = $3::VARCHAR)
AND (CAST($4::VARCHAR AS text) IS NULL OR p.country = $4::VARCHAR)
AND (CAST($5::INTEGER AS integer) IS NULL OR p.city_id = $5::INTEGER)
AND (CAST($6::VARCHAR AS text) IS NULL OR p.currency = $6::VARCHAR)
AND (CAST($7::BIGINT AS bigint) IS NULL OR p.price_minor >= $7::BIGINT)
AND (CAST($8::BIGINT AS bigint) IS NULL OR p.price_minor <= $8::BIGINT)
AND (CAST($9::BOOLEAN AS boolean) IS NOT TRUE OR p.verified)
AND (CAST($10::VARCHAR AS text) IS NULL OR p.search @@ CAST($10::VARCHAR AS tsquery))
AND (cardinality(CAST($11::TEXT[] AS text[])) = 0 OR NOT EXISTS (
    SELECT FROM unnest(CAST($11::TEXT[] AS text[]), CAST($12::TEXT[] AS text[])) AS wanted (key, value)
    WHERE p.attributes ->> wanted.key IS DISTINCT FROM wanted.value)) AND (p.published_at, p.id) < (CAST($13::VARCHAR AS timestamptz), CAST($14::VARCHAR AS uuid)) AND p.sector = $15::VARCHAR
        ORDER BY p.published_at DESC, p.id DESC LIMIT CAST($1::INTEGER AS integer) + 1)) AS found) AS page
"""


class PageByNewestRow(NamedTuple):
    """What `page_by_newest` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_by_newest(db: Connection, *, limit: int, now: datetime, type: str | None, country: str | None, city_id: int | None, currency: str | None, price_min: int | None, price_max: int | None, verified: bool | None, words: str | None, keys: list[str], values: list[str], after_key: str, after_id: str, category: str | None) -> PageByNewestRow:
    """Live listings, the newest first."""
    return db.one(PageByNewestRow, _PAGE_BY_NEWEST, limit, now, type, country, city_id, currency, price_min, price_max, verified, words, keys, values, after_key, after_id, category)


_PAGE_BY_PRICE = """
SELECT coalesce(string_agg(card, ',' ORDER BY n) FILTER (WHERE n <= $1::INTEGER), '') AS items,
        max(price_minor::text) FILTER (WHERE n = $1::INTEGER) AS last_key,
        max(id::text) FILTER (WHERE n = $1::INTEGER) AS last_id,
        count(*) > $1::INTEGER AS more
    FROM (SELECT *, row_number() OVER (ORDER BY price_minor, id) AS n
        FROM ((SELECT p.card, p.price_minor, p.id FROM listings.public_listing AS p
        WHERE p.expires_at > $2::TIMESTAMP WITH TIME ZONE
AND (CAST($3::VARCHAR AS text) IS NULL OR p.type = $3::VARCHAR)
AND (CAST($4::VARCHAR AS text) IS NULL OR p.country = $4::VARCHAR)
AND (CAST($5::INTEGER AS integer) IS NULL OR p.city_id = $5::INTEGER)
AND (CAST($6::VARCHAR AS text) IS NULL OR p.currency = $6::VARCHAR)
AND (CAST($7::BIGINT AS bigint) IS NULL OR p.price_minor >= $7::BIGINT)
AND (CAST($8::BIGINT AS bigint) IS NULL OR p.price_minor <= $8::BIGINT)
AND (CAST($9::BOOLEAN AS boolean) IS NOT TRUE OR p.verified)
AND (CAST($10::VARCHAR AS text) IS NULL OR p.search @@ CAST($10::VARCHAR AS tsquery))
AND (cardinality(CAST($11::TEXT[] AS text[])) = 0 OR NOT EXISTS (
    SELECT FROM unnest(CAST($11::TEXT[] AS text[]), CAST($12::TEXT[] AS text[])) AS wanted (key, value)
    WHERE p.attributes ->> wanted.key IS DISTINCT FROM wanted.value)) AND p.price_minor IS NOT NULL AND (p.price_minor, p.id)
                > (CAST($13::VARCHAR AS bigint), CAST($14::VARCHAR AS uuid))
            AND (CAST($15::VARCHAR AS text) IS NULL OR p.category = $15::VARCHAR)
        ORDER BY p.price_minor, p.id LIMIT CAST($1::INTEGER AS integer) + 1)
    UNION ALL
    (SELECT p.card, p.price_minor, p.id FROM listings.public_listing AS p
        WHERE p.expires_at > $2::TIMESTAMP WITH TIME ZONE
AND (CAST($3::VARCHAR AS text) IS NULL OR p.type = $3::VARCHAR)
AND (CAST($4::VARCHAR AS text) IS NULL OR p.country = $4::VARCHAR)
AND (CAST($5::INTEGER AS integer) IS NULL OR p.city_id = $5::INTEGER)
AND (CAST($6::VARCHAR AS text) IS NULL OR p.currency = $6::VARCHAR)
AND (CAST($7::BIGINT AS bigint) IS NULL OR p.price_minor >= $7::BIGINT)
AND (CAST($8::BIGINT AS bigint) IS NULL OR p.price_minor <= $8::BIGINT)
AND (CAST($9::BOOLEAN AS boolean) IS NOT TRUE OR p.verified)
AND (CAST($10::VARCHAR AS text) IS NULL OR p.search @@ CAST($10::VARCHAR AS tsquery))
AND (cardinality(CAST($11::TEXT[] AS text[])) = 0 OR NOT EXISTS (
    SELECT FROM unnest(CAST($11::TEXT[] AS text[]), CAST($12::TEXT[] AS text[])) AS wanted (key, value)
    WHERE p.attributes ->> wanted.key IS DISTINCT FROM wanted.value)) AND p.price_minor IS NOT NULL AND (p.price_minor, p.id)
                > (CAST($13::VARCHAR AS bigint), CAST($14::VARCHAR AS uuid)) AND p.sector = $15::VARCHAR
        ORDER BY p.price_minor, p.id LIMIT CAST($1::INTEGER AS integer) + 1)) AS found) AS page
"""


class PageByPriceRow(NamedTuple):
    """What `page_by_price` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_by_price(db: Connection, *, limit: int, now: datetime, type: str | None, country: str | None, city_id: int | None, currency: str | None, price_min: int | None, price_max: int | None, verified: bool | None, words: str | None, keys: list[str], values: list[str], after_key: str, after_id: str, category: str | None) -> PageByPriceRow:
    """Live listings with a price in one currency, the cheapest first."""
    return db.one(PageByPriceRow, _PAGE_BY_PRICE, limit, now, type, country, city_id, currency, price_min, price_max, verified, words, keys, values, after_key, after_id, category)


_PAGE_BY_DISTANCE = """
SELECT coalesce(string_agg(card, ',' ORDER BY n) FILTER (WHERE n <= $1::INTEGER), '') AS items,
        max(distance::text) FILTER (WHERE n = $1::INTEGER) AS last_key,
        max(id::text) FILTER (WHERE n = $1::INTEGER) AS last_id,
        count(*) > $1::INTEGER AS more
    FROM (SELECT *, row_number() OVER (ORDER BY distance, id) AS n
        FROM ((SELECT p.card, p.place <-> ll_to_earth($2::FLOAT, $3::FLOAT) AS distance, p.id FROM listings.public_listing AS p
        WHERE p.expires_at > $4::TIMESTAMP WITH TIME ZONE
AND (CAST($5::VARCHAR AS text) IS NULL OR p.type = $5::VARCHAR)
AND (CAST($6::VARCHAR AS text) IS NULL OR p.country = $6::VARCHAR)
AND (CAST($7::INTEGER AS integer) IS NULL OR p.city_id = $7::INTEGER)
AND (CAST($8::VARCHAR AS text) IS NULL OR p.currency = $8::VARCHAR)
AND (CAST($9::BIGINT AS bigint) IS NULL OR p.price_minor >= $9::BIGINT)
AND (CAST($10::BIGINT AS bigint) IS NULL OR p.price_minor <= $10::BIGINT)
AND (CAST($11::BOOLEAN AS boolean) IS NOT TRUE OR p.verified)
AND (CAST($12::VARCHAR AS text) IS NULL OR p.search @@ CAST($12::VARCHAR AS tsquery))
AND (cardinality(CAST($13::TEXT[] AS text[])) = 0 OR NOT EXISTS (
    SELECT FROM unnest(CAST($13::TEXT[] AS text[]), CAST($14::TEXT[] AS text[])) AS wanted (key, value)
    WHERE p.attributes ->> wanted.key IS DISTINCT FROM wanted.value)) AND p.place <@ earth_box(ll_to_earth($2::FLOAT, $3::FLOAT), $15::FLOAT) AND p.place <-> ll_to_earth($2::FLOAT, $3::FLOAT) <= gc_to_sec($15::FLOAT)
AND (p.place <-> ll_to_earth($2::FLOAT, $3::FLOAT), p.id) > (CAST($16::VARCHAR AS float8), CAST($17::VARCHAR AS uuid))
            AND (CAST($18::VARCHAR AS text) IS NULL OR p.category = $18::VARCHAR)
        ORDER BY distance, p.id LIMIT CAST($1::INTEGER AS integer) + 1)
    UNION ALL
    (SELECT p.card, p.place <-> ll_to_earth($2::FLOAT, $3::FLOAT) AS distance, p.id FROM listings.public_listing AS p
        WHERE p.expires_at > $4::TIMESTAMP WITH TIME ZONE
AND (CAST($5::VARCHAR AS text) IS NULL OR p.type = $5::VARCHAR)
AND (CAST($6::VARCHAR AS text) IS NULL OR p.country = $6::VARCHAR)
AND (CAST($7::INTEGER AS integer) IS NULL OR p.city_id = $7::INTEGER)
AND (CAST($8::VARCHAR AS text) IS NULL OR p.currency = $8::VARCHAR)
AND (CAST($9::BIGINT AS bigint) IS NULL OR p.price_minor >= $9::BIGINT)
AND (CAST($10::BIGINT AS bigint) IS NULL OR p.price_minor <= $10::BIGINT)
AND (CAST($11::BOOLEAN AS boolean) IS NOT TRUE OR p.verified)
AND (CAST($12::VARCHAR AS text) IS NULL OR p.search @@ CAST($12::VARCHAR AS tsquery))
AND (cardinality(CAST($13::TEXT[] AS text[])) = 0 OR NOT EXISTS (
    SELECT FROM unnest(CAST($13::TEXT[] AS text[]), CAST($14::TEXT[] AS text[])) AS wanted (key, value)
    WHERE p.attributes ->> wanted.key IS DISTINCT FROM wanted.value)) AND p.place <@ earth_box(ll_to_earth($2::FLOAT, $3::FLOAT), $15::FLOAT) AND p.place <-> ll_to_earth($2::FLOAT, $3::FLOAT) <= gc_to_sec($15::FLOAT)
AND (p.place <-> ll_to_earth($2::FLOAT, $3::FLOAT), p.id) > (CAST($16::VARCHAR AS float8), CAST($17::VARCHAR AS uuid)) AND p.sector = $18::VARCHAR
        ORDER BY distance, p.id LIMIT CAST($1::INTEGER AS integer) + 1)) AS found) AS page
"""


class PageByDistanceRow(NamedTuple):
    """What `page_by_distance` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_by_distance(db: Connection, *, limit: int, latitude: float, longitude: float, now: datetime, type: str | None, country: str | None, city_id: int | None, currency: str | None, price_min: int | None, price_max: int | None, verified: bool | None, words: str | None, keys: list[str], values: list[str], radius_m: float, after_key: str, after_id: str, category: str | None) -> PageByDistanceRow:
    """Live listings round a point, the nearest first."""
    return db.one(PageByDistanceRow, _PAGE_BY_DISTANCE, limit, latitude, longitude, now, type, country, city_id, currency, price_min, price_max, verified, words, keys, values, radius_m, after_key, after_id, category)


_PAGE_OF_NEARBY = """
SELECT coalesce(string_agg(left(card, -1) || ', "distance_km": "' || CASE WHEN sec_to_gc(distance) < 1000 THEN '<1' WHEN sec_to_gc(distance) < 2000 THEN '1-2'
WHEN sec_to_gc(distance) < 5000 THEN '2-5' WHEN sec_to_gc(distance) < 10000 THEN '5-10'
WHEN sec_to_gc(distance) < 25000 THEN '10-25' WHEN sec_to_gc(distance) < 50000 THEN '25-50' ELSE '50-100' END || '"}', ',' ORDER BY n) FILTER (WHERE n <= $1::INTEGER), '') AS items,
        max(distance::text) FILTER (WHERE n = $1::INTEGER) AS last_key,
        max(id::text) FILTER (WHERE n = $1::INTEGER) AS last_id,
        count(*) > $1::INTEGER AS more
    FROM (SELECT *, row_number() OVER (ORDER BY distance, id) AS n
        FROM (SELECT p.card, p.place <-> ll_to_earth($2::FLOAT, $3::FLOAT) AS distance, p.id
        FROM listings.public_listing AS p
        WHERE p.expires_at > $4::TIMESTAMP WITH TIME ZONE AND p.place <@ earth_box(ll_to_earth($2::FLOAT, $3::FLOAT), $5::FLOAT) AND p.place <-> ll_to_earth($2::FLOAT, $3::FLOAT) <= gc_to_sec($5::FLOAT)
AND (p.place <-> ll_to_earth($2::FLOAT, $3::FLOAT), p.id) > (CAST($6::VARCHAR AS float8), CAST($7::VARCHAR AS uuid))
        ORDER BY distance, p.id LIMIT CAST($1::INTEGER AS integer) + 1) AS found) AS page
"""


class PageOfNearbyRow(NamedTuple):
    """What `page_of_nearby` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_of_nearby(db: Connection, *, limit: int, latitude: float, longitude: float, now: datetime, radius_m: float, after_key: str, after_id: str) -> PageOfNearbyRow:
    """Live listings round a point with how far they are, the nearest first."""
    return db.one(PageOfNearbyRow, _PAGE_OF_NEARBY, limit, latitude, longitude, now, radius_m, after_key, after_id)


_PAGE_OF_OWN = """
SELECT coalesce(string_agg(card, ',' ORDER BY n) FILTER (WHERE n <= $1::INTEGER), '') AS items,
        max(created_at::text) FILTER (WHERE n = $1::INTEGER) AS last_key,
        max(id::text) FILTER (WHERE n = $1::INTEGER) AS last_id,
        count(*) > $1::INTEGER AS more
    FROM (SELECT *, row_number() OVER (ORDER BY created_at DESC, id DESC) AS n
        FROM (SELECT l.card, l.created_at, l.id
        FROM unnest(CAST($2::UUID[] AS uuid[])) AS mine (id)
        CROSS JOIN LATERAL (
            SELECT jsonb_build_object(
'id', l.id, 'business_id', l.business_id, 'type', l.type, 'state', CASE WHEN l.state IN ('published', 'paused') AND l.expires_at <= $3::TIMESTAMP WITH TIME ZONE
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
'version', l.version, 'created_at', l.created_at, 'updated_at', l.updated_at)::text AS card, l.created_at, l.id
            FROM listings.listing AS l JOIN platform.city AS c ON c.id = l.city_id
            WHERE l.business_id = mine.id AND l.state <> 'removed'
                AND (CAST($4::VARCHAR AS text) IS NULL OR CASE WHEN l.state IN ('published', 'paused') AND l.expires_at <= $3::TIMESTAMP WITH TIME ZONE
THEN 'expired' ELSE l.state END = $4::VARCHAR)
                AND (l.created_at, l.id) < (CAST($5::VARCHAR AS timestamptz), CAST($6::VARCHAR AS uuid))
            ORDER BY l.created_at DESC, l.id DESC LIMIT CAST($1::INTEGER AS integer) + 1
        ) AS l
        ORDER BY l.created_at DESC, l.id DESC LIMIT CAST($1::INTEGER AS integer) + 1) AS found) AS page
"""


class PageOfOwnRow(NamedTuple):
    """What `page_of_own` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_of_own(db: Connection, *, limit: int, businesses: list[UUID], now: datetime, state: str | None, after_key: str, after_id: str) -> PageOfOwnRow:
    """The listings of some businesses as their members see them, the newest first."""
    return db.one(PageOfOwnRow, _PAGE_OF_OWN, limit, businesses, now, state, after_key, after_id)
