"""What a business is shown in a day of its own."""

from functions.bizconnect._statements._pairs import BARRED
from shared.manifest.statements import DATE, INSTANT, INT, TEXT, TEXTS, UUID_, done, one, rows, sql
from shared.tables.types import must

lock_suggestions = done(
    sql(
        "SELECT pg_advisory_xact_lock("
        "hashtextextended('bizconnect.suggestions:' || CAST(:business_id AS text), 0))",
        business_id=TEXT,
    ),
    "Let nobody else make suggestions for this business until this transaction ends.",
)

shown = one(
    sql(
        f"""
        WITH barred AS MATERIALIZED ({BARRED}),
        today AS MATERIALIZED (
            SELECT * FROM bizconnect.impression AS i
            WHERE i.business_id = :business_id AND i.day = :day),
        still AS (
            SELECT i.*, c.city_id, c.categories[1] AS main, p.card
            FROM today AS i JOIN bizconnect.candidate AS c ON c.business_id = i.suggested_id
            JOIN users.public_business AS p ON p.id = i.suggested_id
            WHERE i.suggested_id NOT IN (SELECT business_id FROM barred)
            ORDER BY i.position LIMIT :limit)
        SELECT (SELECT coalesce(max(position), 0) FROM today) AS last,
            (SELECT coalesce(json_agg(json_build_object('business', s.card::json,
                'score', round(s.score::numeric, 3), 'explored', s.explored, 'reasons', s.reasons,
                'city', s.city_id, 'main', s.main) ORDER BY s.position), '[]')
            FROM still AS s)::text AS items
        """,
        business_id=UUID_,
        day=DATE,
        now=INSTANT,
        limit=INT,
    ).columns(must("last", INT), must("items", TEXT)),
    "What a business was shown today and may still be shown, in its order.",
)

put_impressions = done(
    sql(
        """
        INSERT INTO bizconnect.impression
            (business_id, day, position, suggested_id, score, explored, weights, reasons, shown_at)
        SELECT :business_id, :day, n.position, n.id, n.score, n.explored, :weights, n.reasons, :now
        FROM jsonb_to_recordset(CAST(:chosen AS jsonb))
            AS n (position integer, id uuid, score float8, explored boolean, reasons jsonb)
        """,
        business_id=UUID_,
        day=DATE,
        weights=INT,
        now=INSTANT,
        chosen=TEXT,
    ),
    "Note what a business is shown.",
)

category_names = rows(
    sql(
        """
        SELECT id, coalesce(names ->> :language, names ->> 'en') AS name
        FROM listings.category WHERE id = ANY (:ids)
        """,
        ids=TEXTS,
        language=TEXT,
    ).columns(id=TEXT, name=TEXT),
    "What categories are called in a language, or in English.",
)
