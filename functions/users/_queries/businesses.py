"""Printed from _statements/businesses.py by `python -m functions write`. Do not edit."""

from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_PLACE = """
SELECT c.country, c.name, c.latitude, c.longitude, c.zone, k.zones
FROM platform.city AS c JOIN platform.country AS k ON k.code = c.country
WHERE c.id = $1::INTEGER
"""


class PlaceRow(NamedTuple):
    """What `place` returns."""

    country: str
    name: str
    latitude: float
    longitude: float
    zone: str
    zones: list[str]


def place(db: Connection, *, city_id: int) -> PlaceRow | None:
    """A city, and the time zones of its country."""
    return db.maybe(PlaceRow, _PLACE, city_id)


_CATEGORIES_AMONG = """
SELECT id, ARRAY(SELECT n.value FROM jsonb_each_text(names) AS n) AS names
FROM listings.category WHERE id = ANY ($1::TEXT[])
"""


class CategoriesAmongRow(NamedTuple):
    """What `categories_among` returns."""

    id: str
    names: list[str]


def categories_among(db: Connection, *, ids: list[str]) -> list[CategoriesAmongRow]:
    """Those of `ids` that are categories, with their names in every language."""
    return db.rows(CategoriesAmongRow, _CATEGORIES_AMONG, ids)


_LANGUAGE_OF = """
SELECT language FROM users.account WHERE id = $1::UUID
"""


def language_of(db: Connection, *, id: UUID) -> str | None:
    """The language of the caller."""
    result: str | None = db.value(_LANGUAGE_OF, id)
    return result


_ENTER_BUSINESS = """
SELECT string_agg(set_config(name, concat_ws(',',
    nullif(current_setting(name, true), ''), CAST($1::VARCHAR AS text)), true), ' ')
FROM unnest(ARRAY['app.businesses', 'app.managed', 'app.owned']) AS name
"""


def enter_business(db: Connection, *, id: str) -> str | None:
    """Let row-level security see the business that this transaction makes, and whose it is."""
    result: str | None = db.value(_ENTER_BUSINESS, id)
    return result


_INSERT_BUSINESS = """
INSERT INTO users.business (id, slug, name, description, categories, country, city_id,
        latitude, longitude, zone, language, corridors, phone)
    SELECT $1::UUID, $2::VARCHAR, d.name, d.description, d.categories, d.country, d.city_id,
        d.latitude, d.longitude, d.zone, d.language, d.corridors, d.phone
    FROM jsonb_to_record(CAST($3::VARCHAR AS jsonb)) AS d(name text, description text, categories text[], country text, city_id integer,
latitude double precision, longitude double precision, zone text, language text,
corridors text[], phone text)
    ON CONFLICT (slug) DO NOTHING
"""


def insert_business(db: Connection, *, id: UUID, slug: str, document: str) -> int:
    """Insert a business; 0 when its slug is taken."""
    return db.done(_INSERT_BUSINESS, id, slug, document)


_OWN_BUSINESS = """
SELECT jsonb_build_object('id', b.id, 'slug', b.slug, 'name', b.name, 'categories', b.categories,
'country', b.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
'verification', b.verification, 'description', b.description,
'location', jsonb_build_object('latitude', round(b.latitude::numeric, 2),
    'longitude', round(b.longitude::numeric, 2)),
'zone', b.zone, 'language', b.language, 'corridors', b.corridors, 'version', b.version,
'created_at', b.created_at,
'point', jsonb_build_object('latitude', b.latitude, 'longitude', b.longitude),
'phone', b.phone, 'state', b.state)::text AS json FROM users.business AS b JOIN platform.city AS c ON c.id = b.city_id
    WHERE b.id = $1::UUID
"""


def own_business(db: Connection, *, id: UUID) -> str | None:
    """A business, as its members see it."""
    result: str | None = db.value(_OWN_BUSINESS, id)
    return result


_LOCK_BUSINESS = """
SELECT id FROM users.business WHERE id = $1::UUID FOR NO KEY UPDATE
"""


def lock_business(db: Connection, *, id: UUID) -> UUID | None:
    """A business of the caller, locked: its fields and its members change one edit at a time."""
    result: UUID | None = db.value(_LOCK_BUSINESS, id)
    return result


_BUSINESS = """
SELECT b.phone, b.version, b.slug, b.name, b.description, b.categories,
        b.country, b.city_id, b.latitude, b.longitude, b.zone, b.language, b.corridors,
        jsonb_build_object('id', b.id, 'slug', b.slug, 'name', b.name, 'categories', b.categories,
'country', b.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
'verification', b.verification, 'description', b.description,
'location', jsonb_build_object('latitude', round(b.latitude::numeric, 2),
    'longitude', round(b.longitude::numeric, 2)),
'zone', b.zone, 'language', b.language, 'corridors', b.corridors, 'version', b.version,
'created_at', b.created_at,
'point', jsonb_build_object('latitude', b.latitude, 'longitude', b.longitude),
'phone', b.phone, 'state', b.state)::text AS json
    FROM users.business AS b JOIN platform.city AS c ON c.id = b.city_id WHERE b.id = $1::UUID
"""


class BusinessRow(NamedTuple):
    """What `business` returns."""

    phone: str | None
    version: int
    slug: str
    name: str
    description: str
    categories: list[str]
    country: str
    city_id: int
    latitude: float
    longitude: float
    zone: str
    language: str
    corridors: list[str]
    json: str


def business(db: Connection, *, id: UUID) -> BusinessRow:
    """A business that is locked, as it is now."""
    return db.one(BusinessRow, _BUSINESS, id)


_UPDATE_BUSINESS = """
UPDATE users.business AS b
    SET slug = $1::VARCHAR, name = d.name, description = d.description, categories = d.categories,
        country = d.country, city_id = d.city_id, latitude = d.latitude,
        longitude = d.longitude, zone = d.zone, language = d.language,
        corridors = d.corridors, phone = d.phone,
        version = b.version + 1, updated_at = clock_timestamp()
    FROM jsonb_to_record(CAST($2::VARCHAR AS jsonb)) AS d(name text, description text, categories text[], country text, city_id integer,
latitude double precision, longitude double precision, zone text, language text,
corridors text[], phone text)
    WHERE b.id = $3::UUID
    RETURNING b.version
"""


def update_business(db: Connection, *, slug: str, document: str, id: UUID) -> int | None:
    """Store a business anew; its version grows."""
    result: int | None = db.value(_UPDATE_BUSINESS, slug, document, id)
    return result


_INSERT_VERIFICATION_REQUEST = """
INSERT INTO users.verification_request (id, business_id, requested_by, level, documents)
VALUES ($1::UUID, $2::UUID, $3::UUID, $4::VARCHAR, CAST($5::VARCHAR AS jsonb))
ON CONFLICT (business_id) WHERE state = 'pending' DO NOTHING
RETURNING jsonb_build_object('id', id, 'business_id', business_id, 'level', level,
    'state', state, 'documents', jsonb_path_query_array(documents, '$[*].kind'),
    'created_at', created_at)::text AS json
"""


def insert_verification_request(db: Connection, *, id: UUID, business_id: UUID, requested_by: UUID, level: str, documents: str) -> str | None:
    """Ask for verification; None while an earlier request waits."""
    result: str | None = db.value(_INSERT_VERIFICATION_REQUEST, id, business_id, requested_by, level, documents)
    return result


_VERIFICATION_OF = """
SELECT verification FROM users.business WHERE id = $1::UUID
"""


def verification_of(db: Connection, *, id: UUID) -> str | None:
    """How far a business of the caller is verified."""
    result: str | None = db.value(_VERIFICATION_OF, id)
    return result
