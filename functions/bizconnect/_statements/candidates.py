"""What businesses are looked for by: made from the market, and kept in step with it."""

from functions.bizconnect._statements._pairs import KEYS, REGION
from shared.manifest.statements import (
    INSTANT,
    INT,
    UUID_,
    UUIDS,
    done,
    one,
    rows,
    sql,
)
from shared.tables.types import must

_MADE = (
    "business_id",
    "slot",
    "region",
    "country",
    "city_id",
    "latitude",
    "longitude",
    "zone",
    "language",
    "categories",
    "sectors",
    "offers",
    "requests",
    "corridors",
    "verification",
    "responsiveness",
    "due_at",
)

# An answer within a day is a whole one, and whoever answers the same day every time is at 1; what
# was not answered at all is 0. A few answers that nobody gave keep one refusal from weighing all.
_ANSWERS = """
    SELECT count(*) AS asked,
        (sum(CASE WHEN coalesce(n.accepted_at, n.declined_at) IS NULL THEN 0
            ELSE 1 / (1 + greatest(0, extract(epoch FROM
                coalesce(n.accepted_at, n.declined_at) - n.requested_at)::float8 / 86400 - 1)) END)
            + 1.5) / (count(*) + 3) AS responsiveness
    FROM (
        SELECT n.requested_at, n.accepted_at, n.declined_at FROM bizconnect.connection AS n
        WHERE n.receiver_id = b.id
            AND n.requested_at > CAST(:now AS timestamptz) - interval '1 year'
            AND (n.accepted_at IS NOT NULL OR n.declined_at IS NOT NULL OR n.expires_at <= :now)
            AND n.state NOT IN ('withdrawn', 'blocked')
        ORDER BY n.requested_at DESC LIMIT 50) AS n"""

_FACTS = f"""
    SELECT b.id, hashtextextended(b.id::text, 1), {REGION}, b.country, b.city_id,
        round(b.latitude::numeric, 2)::float8, round(b.longitude::numeric, 2)::float8,
        b.zone, b.language, b.categories,
        ARRAY(SELECT DISTINCT coalesce(t.parent, t.id) FROM listings.category AS t
            WHERE t.id = ANY (b.categories) ORDER BY 1),
        coalesce(l.offers, '{{}}'), coalesce(l.requests, '{{}}'), b.corridors,
        array_position('{{none,basic,verified,trusted}}', b.verification) - 1,
        coalesce(h.responsiveness, 0.5),
        least(l.until, CASE WHEN h.asked > 0 THEN CAST(:now AS timestamptz) + interval '7 days' END,
            'infinity')
    FROM users.business AS b JOIN platform.country AS k ON k.code = b.country
    CROSS JOIN LATERAL (
        SELECT (array_agg(DISTINCT p.category) FILTER (WHERE p.type = 'offer'))[1:20] AS offers,
            (array_agg(DISTINCT p.category) FILTER (WHERE p.type = 'request'))[1:20] AS requests,
            min(p.expires_at) AS until
        FROM listings.public_listing AS p
        WHERE p.business_id = b.id AND p.expires_at > :now) AS l
    CROSS JOIN LATERAL ({_ANSWERS}) AS h
    WHERE b.id = ANY (:business_ids) AND b.state = 'active'"""

lock_candidates = done(
    sql(
        """
        SELECT pg_advisory_xact_lock(hashtextextended('bizconnect.candidate:' || id, 0))
        FROM (SELECT unnest(CAST(:business_ids AS uuid[])) AS id ORDER BY 1) AS wanted
        """,
        business_ids=UUIDS,
    ),
    "Let nobody else make these candidates meanwhile: whoever waited sees what came before.",
)

put_candidates = one(
    sql(
        f"""
        WITH fact ({", ".join(_MADE)}) AS MATERIALIZED ({_FACTS}),
        made AS MATERIALIZED (SELECT c.*, {KEYS} AS keys FROM fact AS c),
        old AS MATERIALIZED (
            SELECT business_id, slot, keys FROM bizconnect.candidate
            WHERE business_id = ANY (:business_ids)),
        stored AS (
            INSERT INTO bizconnect.candidate ({", ".join(_MADE)}, keys)
            SELECT {", ".join(_MADE)}, keys FROM made
            ON CONFLICT (business_id) DO UPDATE
            SET {", ".join(f"{name} = excluded.{name}" for name in (*_MADE[1:], "keys"))}),
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
        """,
        business_ids=UUIDS,
        now=INSTANT,
    ).columns(must("made", INT)),
    "Make these candidates anew as the market is now; a business that is closed is none.",
)

due_candidates = rows(
    sql(
        """
        SELECT business_id FROM bizconnect.candidate WHERE due_at <= :now
        ORDER BY due_at, business_id LIMIT :limit
        """,
        now=INSTANT,
        limit=INT,
    ).columns(business_id=UUID_),
    "Candidates of which something is no longer true, whom it concerns longest first.",
)

delete_impressions = done(
    sql(
        """
        DELETE FROM bizconnect.impression AS i USING (
            SELECT business_id, day, position FROM bizconnect.impression
            WHERE business_id = :business_id OR suggested_id = :business_id LIMIT :limit) AS each
        WHERE (i.business_id, i.day, i.position) = (each.business_id, each.day, each.position)
        """,
        business_id=UUID_,
        limit=INT,
    ),
    "Forget, in batches, what was shown to a business and where it was shown.",
)

purge_impressions = done(
    sql(
        """
        DELETE FROM bizconnect.impression AS i USING (
            SELECT business_id, day, position FROM bizconnect.impression
            WHERE shown_at < :before ORDER BY shown_at LIMIT :limit) AS each
        WHERE (i.business_id, i.day, i.position) = (each.business_id, each.day, each.position)
        """,
        before=INSTANT,
        limit=INT,
    ),
    "Forget what was shown long ago.",
)
