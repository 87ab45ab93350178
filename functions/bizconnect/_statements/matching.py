"""Which businesses suit a business: found by index, and rated both ways."""

from functions.bizconnect._statements._pairs import BARRED, FACTS, WEIGHTS, scored
from shared.manifest.statements import (
    DATE,
    FLOAT,
    INSTANT,
    INT,
    TEXT,
    TEXTS,
    UUID_,
    maybe,
    one,
    sql,
)
from shared.tables.types import must

# What it offers and asks for at this moment, whatever the read model knows of it.
_LIVE = """LEFT JOIN LATERAL (
        SELECT (array_agg(DISTINCT l.category) FILTER (WHERE l.type = 'offer'))[1:20] AS offers,
            (array_agg(DISTINCT l.category) FILTER (WHERE l.type = 'request'))[1:20] AS requests
        FROM listings.public_listing AS l
        WHERE l.business_id = c.business_id AND l.expires_at > :now) AS live ON true"""

seeker = maybe(
    sql(
        f"""
        SELECT c.region, c.country, c.city_id, c.latitude, c.longitude, c.categories,
            c.sectors, c.corridors, coalesce(live.offers, '{{}}') AS offers,
            coalesce(live.requests, '{{}}') AS requests,
            c.language, (CAST(:now AS timestamptz) AT TIME ZONE c.zone)::date AS day
        FROM bizconnect.candidate AS c {_LIVE}
        WHERE c.business_id = :business_id
        """,
        business_id=UUID_,
        now=INSTANT,
    ).columns(
        must("region", TEXT),
        must("country", TEXT),
        must("city_id", INT),
        must("latitude", FLOAT),
        must("longitude", FLOAT),
        must("categories", TEXTS),
        must("sectors", TEXTS),
        must("corridors", TEXTS),
        must("offers", TEXTS),
        must("requests", TEXTS),
        must("language", TEXT),
        must("day", DATE),
    ),
    "Who looks for partners, and its own date.",
)

# Each group is entered at a place of the day and read on round its end, so that of a large one
# other members are seen each day, and never more of them than asked.
_LOOKED = """
    SELECT DISTINCT s.slot
    FROM unnest(CAST(:keys AS text[]), CAST(string_to_array(:takes, ',') AS integer[]))
        AS k (key, take)
    CROSS JOIN LATERAL (
        SELECT hashtextextended(k.key, 0) AS key,
            hashtextextended(:seed || k.key, 0) AS start) AS g
    CROSS JOIN LATERAL (
        (SELECT p.slot FROM bizconnect.candidate_key AS p
            WHERE p.key = g.key AND p.slot >= g.start ORDER BY p.slot LIMIT k.take)
        UNION ALL
        (SELECT p.slot FROM bizconnect.candidate_key AS p
            WHERE p.key = g.key AND p.slot < g.start ORDER BY p.slot LIMIT k.take)
        LIMIT k.take) AS s"""

_TODAY = """
    SELECT i.suggested_id FROM bizconnect.impression AS i
    WHERE i.business_id = :business_id AND i.day = :day"""

# How often each was shown of late: whom one has passed over every day makes room. A map, because a
# look into it for each candidate costs a twentieth of a look into the index.
_TIMES = """
    SELECT coalesce(jsonb_object_agg(e.suggested_id, e.times), '{}') AS map FROM (
        SELECT i.suggested_id, count(*) AS times FROM bizconnect.impression AS i
        WHERE i.business_id = :business_id AND i.day BETWEEN CAST(:day AS date) - 13 AND :day
        GROUP BY 1) AS e"""

# What is left out is hashed, which NOT EXISTS is not where the planner expects few candidates.
_PAIRS = f"""
    SELECT {FACTS}, 1.0::float8 AS supply_fit, 1.0::float8 AS demand_fit,
        coalesce((seen.map -> c.business_id::text)::integer, 0) AS times,
        hashtextextended(:seed || c.slot, 0) / 9223372036854775808.0::float8 AS luck
    FROM looked JOIN bizconnect.candidate AS c USING (slot) CROSS JOIN a CROSS JOIN seen
    WHERE c.business_id <> a.business_id
        AND ((a.region = 'africa' AND c.region IN ('africa', 'us'))
            OR (a.region = 'us' AND c.region = 'africa'))
        AND c.business_id NOT IN (SELECT business_id FROM barred)
        AND c.business_id NOT IN (SELECT suggested_id FROM today)"""


def _fit(request: str, offer: str) -> str:
    """Return how much of what requests ask for offers have, by their attributes: 1 is all."""
    return f"""(1 - w.fit + w.fit * coalesce((
        SELECT avg(best.share) FROM (
            SELECT max(CASE WHEN {request}.attributes = '{{}}' THEN 1.0::float8 ELSE (
                SELECT avg(({offer}.attributes -> n.key IS NOT DISTINCT FROM n.value)::integer)
                FROM jsonb_each({request}.attributes) AS n) END) AS share
            FROM ours CROSS JOIN listings.public_listing AS theirs
            WHERE theirs.business_id = t.business_id AND theirs.expires_at > :now
                AND {request}.type = 'request' AND {offer}.type = 'offer'
                AND theirs.category = ours.category
            GROUP BY {request}.category) AS best), 1))"""


_LIVE_PAIRS = f"""
    SELECT t.business_id, t.slot, t.city_id, t.main, t.abroad, t.km, t.we_go, t.they_go,
        cardinality(now.supplies) AS supplied, cardinality(now.wants) AS demanded,
        t.could_supply, t.could_demand, t.shared, t.akin, t.our_requests, t.their_requests,
        t.our_trades, t.their_trades, t.gain, t.give, t.our_response, t.their_response,
        t.our_level, t.their_level, t.times, t.luck, now.supplies, now.wants,
        CASE WHEN now.supplies = '{{}}' THEN 1 ELSE {_fit("ours", "theirs")} END AS supply_fit,
        CASE WHEN now.wants = '{{}}' THEN 1 ELSE {_fit("theirs", "ours")} END AS demand_fit
    FROM top AS t CROSS JOIN w
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(DISTINCT l.category) FILTER (
                WHERE l.type = 'offer' AND l.category = ANY (a.requests)), '{{}}') AS supplies,
            coalesce(array_agg(DISTINCT l.category) FILTER (
                WHERE l.type = 'request' AND l.category = ANY (a.offers)), '{{}}') AS wants
        FROM a LEFT JOIN listings.public_listing AS l
            ON l.business_id = t.business_id AND l.expires_at > :now) AS now"""

# What is told of a pair: who and how good, and the facts that become reasons.
_SHOWN = """'id', x.business_id, 'score', round(x.score::numeric, 4), 'city', x.city_id,
    'main', x.main, 'km', round(x.km)::integer, 'abroad', x.abroad,
    'market', x.we_go AND x.they_go, 'shared', x.shared, 'gain', x.gain,
    'response', x.their_response, 'level', x.their_level"""

matches = one(
    sql(
        f"""
        WITH w AS MATERIALIZED (
            SELECT * FROM jsonb_to_record(CAST(:weights AS jsonb)) AS w ({WEIGHTS})),
        ours AS MATERIALIZED (
            SELECT l.type, l.category, l.attributes FROM listings.public_listing AS l
            WHERE l.business_id = :business_id AND l.expires_at > :now
            ORDER BY l.published_at DESC LIMIT 40),
        a AS MATERIALIZED (
            SELECT c.business_id, c.region, c.country, c.latitude, c.longitude, c.categories,
                c.sectors, c.corridors, c.verification, c.responsiveness,
                CAST(:offers AS text[]) AS offers, CAST(:requests AS text[]) AS requests
            FROM bizconnect.candidate AS c WHERE c.business_id = :business_id),
        looked AS MATERIALIZED ({_LOOKED}),
        barred AS MATERIALIZED ({BARRED}),
        today AS MATERIALIZED ({_TODAY}),
        seen AS MATERIALIZED ({_TIMES}),
        pair AS MATERIALIZED ({_PAIRS}),
        rated AS ({scored("pair")}),
        ranked AS MATERIALIZED (
            SELECT *, row_number()
                OVER (PARTITION BY city_id, main ORDER BY score DESC, slot) AS nth,
                row_number() OVER (PARTITION BY supplied > 0, supplied = 0 AND demanded > 0
                    ORDER BY score DESC, slot) AS nth_for_that
            FROM rated),
        top AS MATERIALIZED (
            SELECT * FROM ranked
            WHERE nth <= 2 * CAST(:alike AS integer) AND nth_for_that <= :most
            ORDER BY score DESC, slot LIMIT 3 * CAST(:most AS integer)),
        chance AS MATERIALIZED (
            SELECT * FROM ranked AS r
            WHERE r.slot NOT IN (SELECT slot FROM top)
            ORDER BY luck DESC, slot LIMIT :most),
        live AS MATERIALIZED ({_LIVE_PAIRS}),
        best AS ({scored("live")})
        SELECT json_build_object(
            'best', (SELECT coalesce(json_agg(json_build_object({_SHOWN}, 'supplies', x.supplies,
                'wants', x.wants) ORDER BY x.score DESC, x.slot), '[]') FROM best AS x),
            'chance', (SELECT coalesce(json_agg(json_build_object({_SHOWN}) ORDER BY x.luck DESC,
                x.slot), '[]') FROM chance AS x))::text AS json
        """,
        business_id=UUID_,
        now=INSTANT,
        day=DATE,
        seed=TEXT,
        weights=TEXT,
        keys=TEXTS,
        takes=TEXT,
        offers=TEXTS,
        requests=TEXTS,
        gains=TEXT,
        gives=TEXT,
        alike=INT,
        most=INT,
    ).columns(must("json", TEXT)),
    "Candidates in the order of their score, and others in the order of chance.",
)
