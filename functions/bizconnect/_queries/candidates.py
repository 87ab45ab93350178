"""Printed from _statements/candidates.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_LOCK_CANDIDATES = """
SELECT pg_advisory_xact_lock(hashtextextended('bizconnect.candidate:' || id, 0))
FROM (SELECT unnest(CAST($1::UUID[] AS uuid[])) AS id ORDER BY 1) AS wanted
"""


def lock_candidates(db: Connection, *, business_ids: list[UUID]) -> int:
    """Let nobody else make these candidates meanwhile: whoever waited sees what came before."""
    return db.done(_LOCK_CANDIDATES, business_ids)


_PUT_CANDIDATES = """
WITH fact (business_id, slot, region, country, city_id, latitude, longitude, zone, language, categories, sectors, offers, requests, corridors, verification, responsiveness, due_at) AS MATERIALIZED (
SELECT b.id, hashtextextended(b.id::text, 1), CASE WHEN k.continent = 'AF' THEN 'africa' WHEN k.code = 'US' THEN 'us' ELSE '' END, b.country, b.city_id,
    round(b.latitude::numeric, 2)::float8, round(b.longitude::numeric, 2)::float8,
    b.zone, b.language, b.categories,
    ARRAY(SELECT DISTINCT coalesce(t.parent, t.id) FROM listings.category AS t
        WHERE t.id = ANY (b.categories) ORDER BY 1),
    coalesce(l.offers, '{}'), coalesce(l.requests, '{}'), b.corridors,
    array_position('{none,basic,verified,trusted}', b.verification) - 1,
    coalesce(h.responsiveness, 0.5),
    least(l.until, CASE WHEN h.asked > 0 THEN CAST($1::TIMESTAMP WITH TIME ZONE AS timestamptz) + interval '7 days' END,
        'infinity')
FROM users.business AS b JOIN platform.country AS k ON k.code = b.country
CROSS JOIN LATERAL (
    SELECT (array_agg(DISTINCT p.category) FILTER (WHERE p.type = 'offer'))[1:20] AS offers,
        (array_agg(DISTINCT p.category) FILTER (WHERE p.type = 'request'))[1:20] AS requests,
        min(p.expires_at) AS until
    FROM listings.public_listing AS p
    WHERE p.business_id = b.id AND p.expires_at > $1::TIMESTAMP WITH TIME ZONE) AS l
CROSS JOIN LATERAL (
SELECT count(*) AS asked,
    (sum(CASE WHEN coalesce(n.accepted_at, n.declined_at) IS NULL THEN 0
        ELSE 1 / (1 + greatest(0, extract(epoch FROM
            coalesce(n.accepted_at, n.declined_at) - n.requested_at)::float8 / 86400 - 1)) END)
        + 1.5) / (count(*) + 3) AS responsiveness
FROM (
    SELECT n.requested_at, n.accepted_at, n.declined_at FROM bizconnect.connection AS n
    WHERE n.receiver_id = b.id
        AND n.requested_at > CAST($1::TIMESTAMP WITH TIME ZONE AS timestamptz) - interval '1 year'
        AND (n.accepted_at IS NOT NULL OR n.declined_at IS NOT NULL OR n.expires_at <= $1::TIMESTAMP WITH TIME ZONE)
        AND n.state NOT IN ('withdrawn', 'blocked')
    ORDER BY n.requested_at DESC LIMIT 50) AS n) AS h
WHERE b.id = ANY ($2::UUID[]) AND b.state = 'active'),
    made AS MATERIALIZED (SELECT c.*, ARRAY(
SELECT DISTINCT hashtextextended(said.role || what || '@' || place, 0)
FROM (SELECT 't:', unnest(c.categories) UNION ALL SELECT 's:', unnest(c.sectors)
    UNION ALL SELECT 'o:', unnest(c.offers) UNION ALL SELECT 'r:', unnest(c.requests)
    UNION ALL SELECT '*', '') AS said (role, what)
CROSS JOIN (
SELECT floor(c.latitude)::text || '/' || floor(c.longitude) UNION ALL SELECT c.country
UNION ALL SELECT 'africa>africa' WHERE c.region = 'africa' AND 'afcfta' = ANY (c.corridors)
UNION ALL SELECT c.region || '>' || CASE c.region WHEN 'us' THEN 'africa' ELSE 'us' END
    WHERE c.region IN ('africa', 'us') AND c.corridors && '{africa-us,us-africa}') AS p (place) ORDER BY 1) AS keys FROM fact AS c),
    old AS MATERIALIZED (
        SELECT business_id, slot, keys FROM bizconnect.candidate
        WHERE business_id = ANY ($2::UUID[])),
    stored AS (
        INSERT INTO bizconnect.candidate (business_id, slot, region, country, city_id, latitude, longitude, zone, language, categories, sectors, offers, requests, corridors, verification, responsiveness, due_at, keys)
        SELECT business_id, slot, region, country, city_id, latitude, longitude, zone, language, categories, sectors, offers, requests, corridors, verification, responsiveness, due_at, keys FROM made
        ON CONFLICT (business_id) DO UPDATE
        SET slot = excluded.slot, region = excluded.region, country = excluded.country, city_id = excluded.city_id, latitude = excluded.latitude, longitude = excluded.longitude, zone = excluded.zone, language = excluded.language, categories = excluded.categories, sectors = excluded.sectors, offers = excluded.offers, requests = excluded.requests, corridors = excluded.corridors, verification = excluded.verification, responsiveness = excluded.responsiveness, due_at = excluded.due_at, keys = excluded.keys),
    closed AS (
        DELETE FROM bizconnect.candidate AS c USING old
        WHERE c.business_id = old.business_id
            AND NOT EXISTS (SELECT FROM made WHERE made.business_id = old.business_id)),
    was AS (SELECT slot, unnest(keys) AS key FROM old),
    becomes AS (SELECT slot, unnest(keys) AS key FROM made),
    left_behind AS (
        DELETE FROM bizconnect.candidate_key AS p
        USING (TABLE was EXCEPT TABLE becomes) AS w WHERE p.key = w.key AND p.slot = w.slot),
    joined AS (
        INSERT INTO bizconnect.candidate_key (slot, key)
        (TABLE becomes EXCEPT TABLE was) ON CONFLICT DO NOTHING)
    SELECT count(*) AS made FROM made
"""


class PutCandidatesRow(NamedTuple):
    """What `put_candidates` returns."""

    made: int


def put_candidates(db: Connection, *, now: datetime, business_ids: list[UUID]) -> PutCandidatesRow:
    """Make these candidates anew as the market is now; a business that is closed is none."""
    return db.one(PutCandidatesRow, _PUT_CANDIDATES, now, business_ids)


_DUE_CANDIDATES = """
SELECT business_id FROM bizconnect.candidate WHERE due_at <= $1::TIMESTAMP WITH TIME ZONE
ORDER BY due_at, business_id LIMIT $2::INTEGER
"""


class DueCandidatesRow(NamedTuple):
    """What `due_candidates` returns."""

    business_id: UUID


def due_candidates(db: Connection, *, now: datetime, limit: int) -> list[DueCandidatesRow]:
    """Candidates of which something is no longer true, whom it concerns longest first."""
    return db.rows(DueCandidatesRow, _DUE_CANDIDATES, now, limit)


_DELETE_IMPRESSIONS = """
DELETE FROM bizconnect.impression AS i USING (
    SELECT business_id, day, position FROM bizconnect.impression
    WHERE business_id = $1::UUID OR suggested_id = $1::UUID LIMIT $2::INTEGER) AS each
WHERE (i.business_id, i.day, i.position) = (each.business_id, each.day, each.position)
"""


def delete_impressions(db: Connection, *, business_id: UUID, limit: int) -> int:
    """Forget, in batches, what was shown to a business and where it was shown."""
    return db.done(_DELETE_IMPRESSIONS, business_id, limit)


_PURGE_IMPRESSIONS = """
DELETE FROM bizconnect.impression AS i USING (
    SELECT business_id, day, position FROM bizconnect.impression
    WHERE shown_at < $1::TIMESTAMP WITH TIME ZONE ORDER BY shown_at LIMIT $2::INTEGER) AS each
WHERE (i.business_id, i.day, i.position) = (each.business_id, each.day, each.position)
"""


def purge_impressions(db: Connection, *, before: datetime, limit: int) -> int:
    """Forget what was shown long ago."""
    return db.done(_PURGE_IMPRESSIONS, before, limit)
