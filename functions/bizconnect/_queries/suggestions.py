"""Printed from _statements/suggestions.py by `python -m functions write`. Do not edit."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_LOCK_SUGGESTIONS = """
SELECT pg_advisory_xact_lock(hashtextextended('bizconnect.suggestions:' || CAST($1::VARCHAR AS text), 0))
"""


def lock_suggestions(db: Connection, *, business_id: str) -> int:
    """Let nobody else make suggestions for this business until this transaction ends."""
    return db.done(_LOCK_SUGGESTIONS, business_id)


_SHOWN = """
WITH barred AS MATERIALIZED (    SELECT n.receiver_id AS business_id FROM bizconnect.connection AS n
WHERE n.requester_id = $1::UUID AND (n.state IN ('accepted', 'blocked') OR n.cool_until > $2::TIMESTAMP WITH TIME ZONE
    OR (n.state IN ('pending', 'declined') AND n.expires_at > $2::TIMESTAMP WITH TIME ZONE))
UNION ALL
SELECT n.requester_id AS business_id FROM bizconnect.connection AS n
WHERE n.receiver_id = $1::UUID AND (n.state IN ('accepted', 'blocked') OR n.cool_until > $2::TIMESTAMP WITH TIME ZONE
    OR (n.state IN ('pending', 'declined') AND n.expires_at > $2::TIMESTAMP WITH TIME ZONE))),
    today AS MATERIALIZED (
        SELECT * FROM bizconnect.impression AS i
        WHERE i.business_id = $1::UUID AND i.day = $3::DATE),
    still AS (
        SELECT i.*, c.city_id, c.categories[1] AS main, p.card
        FROM today AS i JOIN bizconnect.candidate AS c ON c.business_id = i.suggested_id
        JOIN users.public_business AS p ON p.id = i.suggested_id
        WHERE i.suggested_id NOT IN (SELECT business_id FROM barred)
        ORDER BY i.position LIMIT $4::INTEGER)
    SELECT (SELECT coalesce(max(position), 0) FROM today) AS last,
        (SELECT coalesce(json_agg(json_build_object('business', s.card::json,
            'score', round(s.score::numeric, 3), 'explored', s.explored, 'reasons', s.reasons,
            'city', s.city_id, 'main', s.main) ORDER BY s.position), '[]')
        FROM still AS s)::text AS items
"""


class ShownRow(NamedTuple):
    """What `shown` returns."""

    last: int
    items: str


def shown(db: Connection, *, business_id: UUID, now: datetime, day: date, limit: int) -> ShownRow:
    """What a business was shown today and may still be shown, in its order."""
    return db.one(ShownRow, _SHOWN, business_id, now, day, limit)


_PUT_IMPRESSIONS = """
INSERT INTO bizconnect.impression
    (business_id, day, position, suggested_id, score, explored, weights, reasons, shown_at)
SELECT $1::UUID, $2::DATE, n.position, n.id, n.score, n.explored, $3::INTEGER, n.reasons, $4::TIMESTAMP WITH TIME ZONE
FROM jsonb_to_recordset(CAST($5::VARCHAR AS jsonb))
    AS n (position integer, id uuid, score float8, explored boolean, reasons jsonb)
"""


def put_impressions(db: Connection, *, business_id: UUID, day: date, weights: int, now: datetime, chosen: str) -> int:
    """Note what a business is shown."""
    return db.done(_PUT_IMPRESSIONS, business_id, day, weights, now, chosen)


_CATEGORY_NAMES = """
SELECT id, coalesce(names ->> $1::VARCHAR, names ->> 'en') AS name
FROM listings.category WHERE id = ANY ($2::TEXT[])
"""


class CategoryNamesRow(NamedTuple):
    """What `category_names` returns."""

    id: str
    name: str


def category_names(db: Connection, *, language: str, ids: list[str]) -> list[CategoryNamesRow]:
    """What categories are called in a language, or in English."""
    return db.rows(CategoryNamesRow, _CATEGORY_NAMES, language, ids)
