"""Printed from _statements/directory.py by `python -m functions write`. Do not edit."""

from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_PUT_PUBLIC_BUSINESS = """
INSERT INTO users.public_business (id, slug, name, verification, country, city_id,
        categories, search, card, detail, created_at)
    SELECT b.id, b.slug, b.name, b.verification, b.country, b.city_id,
        ARRAY(SELECT unnest(b.categories) UNION
            SELECT k.parent FROM listings.category AS k
            WHERE k.id = ANY (b.categories) AND k.parent IS NOT NULL),
        array_to_tsvector($1::TEXT[]), jsonb_build_object('id', b.id, 'slug', b.slug, 'name', b.name, 'categories', b.categories,
'country', b.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
'verification', b.verification)::text,
        jsonb_build_object('id', b.id, 'slug', b.slug, 'name', b.name, 'categories', b.categories,
'country', b.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
'verification', b.verification, 'description', b.description,
'location', jsonb_build_object('latitude', round(b.latitude::numeric, 2),
    'longitude', round(b.longitude::numeric, 2)),
'zone', b.zone, 'language', b.language, 'corridors', b.corridors, 'version', b.version,
'created_at', b.created_at)::text, b.created_at
    FROM users.business AS b JOIN platform.city AS c ON c.id = b.city_id
    WHERE b.id = $2::UUID
    ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, name = excluded.name,
        verification = excluded.verification, country = excluded.country,
        city_id = excluded.city_id, categories = excluded.categories,
        search = excluded.search, card = excluded.card, detail = excluded.detail
"""


def put_public_business(db: Connection, *, words: list[str], id: UUID) -> int:
    """Write what anyone may see of a business."""
    return db.done(_PUT_PUBLIC_BUSINESS, words, id)


_IS_PUBLIC_BUSINESS = """
SELECT EXISTS (SELECT FROM users.public_business WHERE id = $1::UUID) AS known
"""


def is_public_business(db: Connection, *, id: UUID) -> bool | None:
    """Whether anyone may know of a business."""
    result: bool | None = db.value(_IS_PUBLIC_BUSINESS, id)
    return result


_PUBLIC_BUSINESS = """
SELECT detail FROM users.public_business
WHERE id = $1::UUID AND id NOT IN (SELECT bizconnect.hidden_businesses())
"""


def public_business(db: Connection, *, id: UUID) -> str | None:
    """A business, as anyone may see it."""
    result: str | None = db.value(_PUBLIC_BUSINESS, id)
    return result


_PAGE_OF_BUSINESSES = """
WITH page AS (
    SELECT id, created_at, card FROM users.public_business
    WHERE id NOT IN (SELECT bizconnect.hidden_businesses())
        AND (CAST($1::VARCHAR AS text) IS NULL OR country = $1::VARCHAR)
        AND (CAST($2::INTEGER AS integer) IS NULL OR city_id = $2::INTEGER)
        AND (CAST($3::VARCHAR AS text) IS NULL
            OR categories @> ARRAY[CAST($3::VARCHAR AS text)])
        AND (NOT CAST($4::BOOLEAN AS boolean) OR verification IN ('verified', 'trusted'))
        AND (CAST($5::VARCHAR AS text) IS NULL OR search @@ CAST($5::VARCHAR AS tsquery))
        AND (created_at, id)
            < (CAST(CAST($6::VARCHAR AS text) AS timestamptz), CAST($7::VARCHAR AS uuid))
    ORDER BY created_at DESC, id DESC
    LIMIT $8::INTEGER + 1),
numbered AS (
    SELECT *, row_number() OVER (ORDER BY created_at DESC, id DESC) AS place FROM page)
SELECT coalesce(string_agg(card, ',' ORDER BY place) FILTER (WHERE place <= $8::INTEGER), '')
        AS items,
    max(created_at::text) FILTER (WHERE place = $8::INTEGER) AS last_key,
    max(id::text) FILTER (WHERE place = $8::INTEGER) AS last_id,
    count(*) > $8::INTEGER AS more
FROM numbered
"""


class PageOfBusinessesRow(NamedTuple):
    """What `page_of_businesses` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_of_businesses(db: Connection, *, country: str | None, city_id: int | None, category: str | None, verified: bool, words: str | None, after_key: str, after_id: str, limit: int) -> PageOfBusinessesRow:
    """A page of the directory, the newest first."""
    return db.one(PageOfBusinessesRow, _PAGE_OF_BUSINESSES, country, city_id, category, verified, words, after_key, after_id, limit)


_HOLDER_OF_SLUG = """
SELECT id FROM users.public_business WHERE slug = $1::VARCHAR
"""


def holder_of_slug(db: Connection, *, slug: str) -> UUID | None:
    """The business that has a slug."""
    result: UUID | None = db.value(_HOLDER_OF_SLUG, slug)
    return result
