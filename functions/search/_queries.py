"""Printed from _statements.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_PAGE_OF_MATCHES = """
WITH title_hour AS MATERIALIZED (SELECT p.card, p.published_at, p.id FROM listings.public_listing AS p
    WHERE p.search @@ (SELECT CAST($1::VARCHAR AS tsquery)) AND p.expires_at > $2::TIMESTAMP WITH TIME ZONE
        AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
        AND (p.published_at, p.id) < ($3::TIMESTAMP WITH TIME ZONE, $4::UUID) AND CAST($5::BOOLEAN AS boolean)), title_day AS MATERIALIZED (SELECT p.card, p.published_at, p.id FROM listings.public_listing AS p
    WHERE p.search @@ (SELECT CAST($6::VARCHAR AS tsquery)) AND p.expires_at > $2::TIMESTAMP WITH TIME ZONE
        AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
        AND (p.published_at, p.id) < ($3::TIMESTAMP WITH TIME ZONE, $4::UUID) AND CAST($5::BOOLEAN AS boolean) AND (SELECT count(*) FROM title_hour) <= $7::INTEGER), title_all AS MATERIALIZED (SELECT p.card, p.published_at, p.id FROM listings.public_listing AS p
    WHERE p.search @@ (SELECT CAST($8::VARCHAR AS tsquery)) AND p.expires_at > $2::TIMESTAMP WITH TIME ZONE
        AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
        AND (p.published_at, p.id) < ($3::TIMESTAMP WITH TIME ZONE, $4::UUID) AND CAST($5::BOOLEAN AS boolean) AND (SELECT count(*) FROM title_hour) <= $7::INTEGER AND (SELECT count(*) FROM title_day) <= $7::INTEGER),
title_found AS (
    SELECT 1 AS tier, * FROM (SELECT * FROM title_hour WHERE (SELECT count(*) FROM title_hour) > $7::INTEGER UNION ALL SELECT * FROM title_day WHERE (SELECT count(*) FROM title_day) > $7::INTEGER UNION ALL SELECT * FROM title_all WHERE true) AS steps
    ORDER BY published_at DESC, id DESC LIMIT CAST($7::INTEGER AS integer) + 1),
text_hour AS MATERIALIZED (SELECT p.card, p.published_at, p.id FROM listings.public_listing AS p
    WHERE p.search @@ (SELECT CAST($9::VARCHAR AS tsquery)) AND p.expires_at > $2::TIMESTAMP WITH TIME ZONE
        AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
        AND (p.published_at, p.id) < ($10::TIMESTAMP WITH TIME ZONE, $11::UUID) AND (SELECT count(*) FROM title_found) <= $7::INTEGER), text_day AS MATERIALIZED (SELECT p.card, p.published_at, p.id FROM listings.public_listing AS p
    WHERE p.search @@ (SELECT CAST($12::VARCHAR AS tsquery)) AND p.expires_at > $2::TIMESTAMP WITH TIME ZONE
        AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
        AND (p.published_at, p.id) < ($10::TIMESTAMP WITH TIME ZONE, $11::UUID) AND (SELECT count(*) FROM title_found) <= $7::INTEGER AND (SELECT count(*) FROM text_hour) <= $7::INTEGER), text_all AS MATERIALIZED (SELECT p.card, p.published_at, p.id FROM listings.public_listing AS p
    WHERE p.search @@ (SELECT CAST($13::VARCHAR AS tsquery)) AND p.expires_at > $2::TIMESTAMP WITH TIME ZONE
        AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
        AND (p.published_at, p.id) < ($10::TIMESTAMP WITH TIME ZONE, $11::UUID) AND (SELECT count(*) FROM title_found) <= $7::INTEGER AND (SELECT count(*) FROM text_hour) <= $7::INTEGER AND (SELECT count(*) FROM text_day) <= $7::INTEGER),
text_found AS (
    SELECT 2 AS tier, * FROM (SELECT * FROM text_hour WHERE (SELECT count(*) FROM text_hour) > $7::INTEGER UNION ALL SELECT * FROM text_day WHERE (SELECT count(*) FROM text_day) > $7::INTEGER UNION ALL SELECT * FROM text_all WHERE true) AS steps
    ORDER BY published_at DESC, id DESC LIMIT CAST($7::INTEGER AS integer) + 1)
SELECT coalesce(string_agg(card, ',' ORDER BY n) FILTER (WHERE n <= $7::INTEGER), '') AS items,
    max(tier || ' ' || published_at) FILTER (WHERE n = $7::INTEGER) AS last_key,
    max(id::text) FILTER (WHERE n = $7::INTEGER) AS last_id,
    count(*) > $7::INTEGER AS more
FROM (SELECT *, row_number() OVER (ORDER BY tier, published_at DESC, id DESC) AS n
    FROM (SELECT * FROM title_found UNION ALL SELECT * FROM text_found) AS found
    ORDER BY n LIMIT CAST($7::INTEGER AS integer) + 1) AS page
"""


class PageOfMatchesRow(NamedTuple):
    """What `page_of_matches` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_of_matches(db: Connection, *, title_hour: str, now: datetime, title_before: datetime, title_before_id: UUID, in_titles: bool, title_day: str, limit: int, title_all: str, text_hour: str, text_before: datetime, text_before_id: UUID, text_day: str, text_all: str) -> PageOfMatchesRow:
    """Live listings that hold all words: those with all in the title, then the rest; newest first."""
    return db.one(PageOfMatchesRow, _PAGE_OF_MATCHES, title_hour, now, title_before, title_before_id, in_titles, title_day, limit, title_all, text_hour, text_before, text_before_id, text_day, text_all)
