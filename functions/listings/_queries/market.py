"""Printed from _statements/market.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_PUBLIC_LISTING = """
SELECT detail FROM listings.public_listing WHERE id = $1::UUID AND expires_at > $2::TIMESTAMP WITH TIME ZONE
    AND business_id NOT IN (SELECT bizconnect.hidden_businesses())
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
AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
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
AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
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
AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
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
AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
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
AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
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
AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
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
            AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
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
