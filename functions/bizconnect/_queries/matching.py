"""Printed from _statements/matching.py by `python -m functions write`. Do not edit."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_SEEKER = """
SELECT c.region, c.country, c.city_id, c.latitude, c.longitude, c.categories,
    c.sectors, c.corridors, coalesce(live.offers, '{}') AS offers,
    coalesce(live.requests, '{}') AS requests,
    c.language, (CAST($1::TIMESTAMP WITH TIME ZONE AS timestamptz) AT TIME ZONE c.zone)::date AS day
FROM bizconnect.candidate AS c LEFT JOIN LATERAL (
SELECT (array_agg(DISTINCT l.category) FILTER (WHERE l.type = 'offer'))[1:20] AS offers,
    (array_agg(DISTINCT l.category) FILTER (WHERE l.type = 'request'))[1:20] AS requests
FROM listings.public_listing AS l
WHERE l.business_id = c.business_id AND l.expires_at > $1::TIMESTAMP WITH TIME ZONE) AS live ON true
WHERE c.business_id = $2::UUID
"""


class SeekerRow(NamedTuple):
    """What `seeker` returns."""

    region: str
    country: str
    city_id: int
    latitude: float
    longitude: float
    categories: list[str]
    sectors: list[str]
    corridors: list[str]
    offers: list[str]
    requests: list[str]
    language: str
    day: date


def seeker(db: Connection, *, now: datetime, business_id: UUID) -> SeekerRow | None:
    """Who looks for partners, and its own date."""
    return db.maybe(SeekerRow, _SEEKER, now, business_id)


_MATCHES = """
WITH w AS MATERIALIZED (
        SELECT * FROM jsonb_to_record(CAST($1::VARCHAR AS jsonb)) AS w (trade float8, category float8, complement float8, location float8, response float8,
verification float8, declared float8, fit float8, same_sector float8, near_km float8,
domestic float8, abroad float8, both_open float8, abroad_near float8, abroad_km float8,
fatigue float8, jitter float8, levels float8[])),
    ours AS MATERIALIZED (
        SELECT l.type, l.category, l.attributes FROM listings.public_listing AS l
        WHERE l.business_id = $2::UUID AND l.expires_at > $3::TIMESTAMP WITH TIME ZONE
        ORDER BY l.published_at DESC LIMIT 40),
    a AS MATERIALIZED (
        SELECT c.business_id, c.region, c.country, c.latitude, c.longitude, c.categories,
            c.sectors, c.corridors, c.verification, c.responsiveness,
            CAST($4::TEXT[] AS text[]) AS offers, CAST($5::TEXT[] AS text[]) AS requests
        FROM bizconnect.candidate AS c WHERE c.business_id = $2::UUID),
    looked AS MATERIALIZED (
SELECT DISTINCT s.slot
FROM unnest(CAST($6::TEXT[] AS text[]), CAST(string_to_array($7::VARCHAR, ',') AS integer[]))
    AS k (key, take)
CROSS JOIN LATERAL (
    SELECT hashtextextended(k.key, 0) AS key,
        hashtextextended($8::VARCHAR || k.key, 0) AS start) AS g
CROSS JOIN LATERAL (
    (SELECT p.slot FROM bizconnect.candidate_key AS p
        WHERE p.key = g.key AND p.slot >= g.start ORDER BY p.slot LIMIT k.take)
    UNION ALL
    (SELECT p.slot FROM bizconnect.candidate_key AS p
        WHERE p.key = g.key AND p.slot < g.start ORDER BY p.slot LIMIT k.take)
    LIMIT k.take) AS s),
    barred AS MATERIALIZED (    SELECT n.receiver_id AS business_id FROM bizconnect.connection AS n
WHERE n.requester_id = $2::UUID AND (n.state IN ('accepted', 'blocked') OR n.cool_until > $3::TIMESTAMP WITH TIME ZONE
    OR (n.state IN ('pending', 'declined') AND n.expires_at > $3::TIMESTAMP WITH TIME ZONE))
UNION ALL
SELECT n.requester_id AS business_id FROM bizconnect.connection AS n
WHERE n.receiver_id = $2::UUID AND (n.state IN ('accepted', 'blocked') OR n.cool_until > $3::TIMESTAMP WITH TIME ZONE
    OR (n.state IN ('pending', 'declined') AND n.expires_at > $3::TIMESTAMP WITH TIME ZONE))),
    today AS MATERIALIZED (
SELECT i.suggested_id FROM bizconnect.impression AS i
WHERE i.business_id = $2::UUID AND i.day = $9::DATE),
    seen AS MATERIALIZED (
SELECT coalesce(jsonb_object_agg(e.suggested_id, e.times), '{}') AS map FROM (
    SELECT i.suggested_id, count(*) AS times FROM bizconnect.impression AS i
    WHERE i.business_id = $2::UUID AND i.day BETWEEN CAST($9::DATE AS date) - 13 AND $9::DATE
    GROUP BY 1) AS e),
    pair AS MATERIALIZED (
SELECT c.business_id, c.slot, c.city_id, c.categories[1] AS main,
c.country <> a.country AS abroad,
12742 * asin(sqrt(least(1, power(sind((c.latitude - a.latitude) / 2), 2)
+ cosd(a.latitude) * cosd(c.latitude) * power(sind((c.longitude - a.longitude) / 2), 2)))) AS km, CASE WHEN c.region = a.region THEN 'afcfta' = ANY (a.corridors)
    ELSE a.corridors && '{africa-us,us-africa}' END AS we_go, CASE WHEN c.region = a.region THEN 'afcfta' = ANY (c.corridors)
    ELSE c.corridors && '{africa-us,us-africa}' END AS they_go,
CASE WHEN a.requests && c.offers THEN
    (SELECT count(*) FROM unnest(c.offers) AS x WHERE x = ANY (a.requests)) ELSE 0 END AS supplied,
CASE WHEN a.offers && c.requests THEN
    (SELECT count(*) FROM unnest(c.requests) AS x WHERE x = ANY (a.offers)) ELSE 0 END AS demanded,
CASE WHEN a.requests && c.categories THEN
    (SELECT count(*) FROM unnest(c.categories) AS x WHERE x = ANY (a.requests)) ELSE 0 END AS could_supply,
CASE WHEN a.categories && c.requests THEN
    (SELECT count(*) FROM unnest(c.requests) AS x WHERE x = ANY (a.categories)) ELSE 0 END AS could_demand,
CASE WHEN a.categories && c.categories THEN
    (SELECT count(*) FROM unnest(c.categories) AS x WHERE x = ANY (a.categories)) ELSE 0 END AS shared, a.sectors && c.sectors AS akin,
greatest(cardinality(a.requests), 1) AS our_requests,
greatest(cardinality(c.requests), 1) AS their_requests,
greatest(cardinality(a.categories), 1)::float8 AS our_trades,
greatest(cardinality(c.categories), 1)::float8 AS their_trades,
greatest((CAST($10::VARCHAR AS jsonb) -> c.sectors[1])::float8, (CAST($10::VARCHAR AS jsonb) -> c.sectors[2])::float8, (CAST($10::VARCHAR AS jsonb) -> c.sectors[3])::float8, 0) AS gain, greatest((CAST($11::VARCHAR AS jsonb) -> c.sectors[1])::float8, (CAST($11::VARCHAR AS jsonb) -> c.sectors[2])::float8, (CAST($11::VARCHAR AS jsonb) -> c.sectors[3])::float8, 0) AS give,
a.responsiveness AS our_response, c.responsiveness AS their_response,
a.verification AS our_level, c.verification AS their_level, 1.0::float8 AS supply_fit, 1.0::float8 AS demand_fit,
    coalesce((seen.map -> c.business_id::text)::integer, 0) AS times,
    hashtextextended($8::VARCHAR || c.slot, 0) / 9223372036854775808.0::float8 AS luck
FROM looked JOIN bizconnect.candidate AS c USING (slot) CROSS JOIN a CROSS JOIN seen
WHERE c.business_id <> a.business_id
    AND ((a.region = 'africa' AND c.region IN ('africa', 'us'))
        OR (a.region = 'us' AND c.region = 'africa'))
    AND c.business_id NOT IN (SELECT business_id FROM barred)
    AND c.business_id NOT IN (SELECT suggested_id FROM today)),
    rated AS (
    SELECT p.*, g.us, g.them,
        least(1, coalesce(2 * g.us * g.them / nullif(g.us + g.them, 0), 0)
            * power(w.fatigue, p.times) * (1 + w.jitter * p.luck)) AS score
    FROM pair AS p CROSS JOIN w
    CROSS JOIN LATERAL (SELECT w.trade * (1 - (1 - sqrt(least(1, (p.supplied * p.supply_fit + w.declared * p.could_supply) / p.our_requests))) * (1 - sqrt(least(1, (p.demanded * p.demand_fit + w.declared * p.could_demand) / p.our_trades))))
    + w.category * greatest(sqrt(least(1, p.shared / p.our_trades)),
        w.same_sector * p.akin::integer)
    + w.complement * p.gain + w.location * (CASE WHEN NOT p.abroad THEN w.domestic + (1 - w.domestic) * exp(-p.km / w.near_km) WHEN NOT p.we_go THEN (1 - w.domestic) * exp(-p.km / w.near_km)
    ELSE w.abroad + CASE WHEN p.they_go THEN w.both_open ELSE 0 END
        + w.abroad_near * exp(-p.km / w.abroad_km) END)
    + w.response * p.their_response + w.verification * w.levels[1 + p.their_level] AS us, w.trade * (1 - (1 - sqrt(least(1, (p.demanded * p.demand_fit + w.declared * p.could_demand) / p.their_requests))) * (1 - sqrt(least(1, (p.supplied * p.supply_fit + w.declared * p.could_supply) / p.their_trades))))
    + w.category * greatest(sqrt(least(1, p.shared / p.their_trades)),
        w.same_sector * p.akin::integer)
    + w.complement * p.give + w.location * (CASE WHEN NOT p.abroad THEN w.domestic + (1 - w.domestic) * exp(-p.km / w.near_km) WHEN NOT p.they_go THEN (1 - w.domestic) * exp(-p.km / w.near_km)
    ELSE w.abroad + CASE WHEN p.we_go THEN w.both_open ELSE 0 END
        + w.abroad_near * exp(-p.km / w.abroad_km) END)
    + w.response * p.our_response + w.verification * w.levels[1 + p.our_level] AS them LIMIT 1) AS g),
    ranked AS MATERIALIZED (
        SELECT *, row_number()
            OVER (PARTITION BY city_id, main ORDER BY score DESC, slot) AS nth,
            row_number() OVER (PARTITION BY supplied > 0, supplied = 0 AND demanded > 0
                ORDER BY score DESC, slot) AS nth_for_that
        FROM rated),
    top AS MATERIALIZED (
        SELECT * FROM ranked
        WHERE nth <= 2 * CAST($12::INTEGER AS integer) AND nth_for_that <= $13::INTEGER
        ORDER BY score DESC, slot LIMIT 3 * CAST($13::INTEGER AS integer)),
    chance AS MATERIALIZED (
        SELECT * FROM ranked AS r
        WHERE r.slot NOT IN (SELECT slot FROM top)
        ORDER BY luck DESC, slot LIMIT $13::INTEGER),
    live AS MATERIALIZED (
SELECT t.business_id, t.slot, t.city_id, t.main, t.abroad, t.km, t.we_go, t.they_go,
    cardinality(now.supplies) AS supplied, cardinality(now.wants) AS demanded,
    t.could_supply, t.could_demand, t.shared, t.akin, t.our_requests, t.their_requests,
    t.our_trades, t.their_trades, t.gain, t.give, t.our_response, t.their_response,
    t.our_level, t.their_level, t.times, t.luck, now.supplies, now.wants,
    CASE WHEN now.supplies = '{}' THEN 1 ELSE (1 - w.fit + w.fit * coalesce((
    SELECT avg(best.share) FROM (
        SELECT max(CASE WHEN ours.attributes = '{}' THEN 1.0::float8 ELSE (
            SELECT avg((theirs.attributes -> n.key IS NOT DISTINCT FROM n.value)::integer)
            FROM jsonb_each(ours.attributes) AS n) END) AS share
        FROM ours CROSS JOIN listings.public_listing AS theirs
        WHERE theirs.business_id = t.business_id AND theirs.expires_at > $3::TIMESTAMP WITH TIME ZONE
            AND ours.type = 'request' AND theirs.type = 'offer'
            AND theirs.category = ours.category
        GROUP BY ours.category) AS best), 1)) END AS supply_fit,
    CASE WHEN now.wants = '{}' THEN 1 ELSE (1 - w.fit + w.fit * coalesce((
    SELECT avg(best.share) FROM (
        SELECT max(CASE WHEN theirs.attributes = '{}' THEN 1.0::float8 ELSE (
            SELECT avg((ours.attributes -> n.key IS NOT DISTINCT FROM n.value)::integer)
            FROM jsonb_each(theirs.attributes) AS n) END) AS share
        FROM ours CROSS JOIN listings.public_listing AS theirs
        WHERE theirs.business_id = t.business_id AND theirs.expires_at > $3::TIMESTAMP WITH TIME ZONE
            AND theirs.type = 'request' AND ours.type = 'offer'
            AND theirs.category = ours.category
        GROUP BY theirs.category) AS best), 1)) END AS demand_fit
FROM top AS t CROSS JOIN w
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(DISTINCT l.category) FILTER (
            WHERE l.type = 'offer' AND l.category = ANY (a.requests)), '{}') AS supplies,
        coalesce(array_agg(DISTINCT l.category) FILTER (
            WHERE l.type = 'request' AND l.category = ANY (a.offers)), '{}') AS wants
    FROM a LEFT JOIN listings.public_listing AS l
        ON l.business_id = t.business_id AND l.expires_at > $3::TIMESTAMP WITH TIME ZONE) AS now),
    best AS (
    SELECT p.*, g.us, g.them,
        least(1, coalesce(2 * g.us * g.them / nullif(g.us + g.them, 0), 0)
            * power(w.fatigue, p.times) * (1 + w.jitter * p.luck)) AS score
    FROM live AS p CROSS JOIN w
    CROSS JOIN LATERAL (SELECT w.trade * (1 - (1 - sqrt(least(1, (p.supplied * p.supply_fit + w.declared * p.could_supply) / p.our_requests))) * (1 - sqrt(least(1, (p.demanded * p.demand_fit + w.declared * p.could_demand) / p.our_trades))))
    + w.category * greatest(sqrt(least(1, p.shared / p.our_trades)),
        w.same_sector * p.akin::integer)
    + w.complement * p.gain + w.location * (CASE WHEN NOT p.abroad THEN w.domestic + (1 - w.domestic) * exp(-p.km / w.near_km) WHEN NOT p.we_go THEN (1 - w.domestic) * exp(-p.km / w.near_km)
    ELSE w.abroad + CASE WHEN p.they_go THEN w.both_open ELSE 0 END
        + w.abroad_near * exp(-p.km / w.abroad_km) END)
    + w.response * p.their_response + w.verification * w.levels[1 + p.their_level] AS us, w.trade * (1 - (1 - sqrt(least(1, (p.demanded * p.demand_fit + w.declared * p.could_demand) / p.their_requests))) * (1 - sqrt(least(1, (p.supplied * p.supply_fit + w.declared * p.could_supply) / p.their_trades))))
    + w.category * greatest(sqrt(least(1, p.shared / p.their_trades)),
        w.same_sector * p.akin::integer)
    + w.complement * p.give + w.location * (CASE WHEN NOT p.abroad THEN w.domestic + (1 - w.domestic) * exp(-p.km / w.near_km) WHEN NOT p.they_go THEN (1 - w.domestic) * exp(-p.km / w.near_km)
    ELSE w.abroad + CASE WHEN p.we_go THEN w.both_open ELSE 0 END
        + w.abroad_near * exp(-p.km / w.abroad_km) END)
    + w.response * p.our_response + w.verification * w.levels[1 + p.our_level] AS them LIMIT 1) AS g)
    SELECT json_build_object(
        'best', (SELECT coalesce(json_agg(json_build_object('id', x.business_id, 'score', round(x.score::numeric, 4), 'city', x.city_id,
'main', x.main, 'km', round(x.km)::integer, 'abroad', x.abroad,
'market', x.we_go AND x.they_go, 'shared', x.shared, 'gain', x.gain,
'response', x.their_response, 'level', x.their_level, 'supplies', x.supplies,
            'wants', x.wants) ORDER BY x.score DESC, x.slot), '[]') FROM best AS x),
        'chance', (SELECT coalesce(json_agg(json_build_object('id', x.business_id, 'score', round(x.score::numeric, 4), 'city', x.city_id,
'main', x.main, 'km', round(x.km)::integer, 'abroad', x.abroad,
'market', x.we_go AND x.they_go, 'shared', x.shared, 'gain', x.gain,
'response', x.their_response, 'level', x.their_level) ORDER BY x.luck DESC,
            x.slot), '[]') FROM chance AS x))::text AS json
"""


class MatchesRow(NamedTuple):
    """What `matches` returns."""

    json: str


def matches(db: Connection, *, weights: str, business_id: UUID, now: datetime, offers: list[str], requests: list[str], keys: list[str], takes: str, seed: str, day: date, gains: str, gives: str, alike: int, most: int) -> MatchesRow:
    """Candidates in the order of their score, and others in the order of chance."""
    return db.one(MatchesRow, _MATCHES, weights, business_id, now, offers, requests, keys, takes, seed, day, gains, gives, alike, most)
