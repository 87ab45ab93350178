"""Printed from _statements/own.py by `python -m functions write`. Do not edit."""

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


_TAKE_QUOTA = """
SELECT b.plan, q.* FROM users.business AS b CROSS JOIN LATERAL platform.take_quota(
    b.id, 'listings', b.zone, (CAST($1::VARCHAR AS jsonb) ->> b.plan)::integer,
    (CAST($2::VARCHAR AS jsonb) ->> b.plan)::integer, $3::TIMESTAMP WITH TIME ZONE) AS q
WHERE b.id = $4::UUID
"""


class TakeQuotaRow(NamedTuple):
    """What `take_quota` returns."""

    plan: str
    granted: bool
    used_today: int
    used_this_month: int
    day_ends_at: datetime
    month_ends_at: datetime


def take_quota(db: Connection, *, per_day: str, per_month: str, now: datetime, business_id: UUID) -> TakeQuotaRow:
    """Take one listing from what the plan of a business allows, or see that none is left."""
    return db.one(TakeQuotaRow, _TAKE_QUOTA, per_day, per_month, now, business_id)


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
