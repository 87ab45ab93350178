"""Live listings, as strangers see them."""

from functions.listings._statements._fragments import AFTER_INSTANT, PAGE, page_of
from shared.manifest.statements import (
    BIGINT,
    BOOL,
    FLOAT,
    INSTANT,
    INT,
    TEXT,
    TEXTS,
    UUID_,
    one,
    sql,
    value,
)

public_listing = value(
    sql(
        """
        SELECT detail FROM listings.public_listing WHERE id = :id AND expires_at > :now
            AND business_id NOT IN (SELECT bizconnect.hidden_businesses())
        """,
        id=UUID_,
        now=INSTANT,
    ).columns(detail=TEXT),
    "A live listing, as strangers see it.",
)

categories = value(
    sql(
        """
        SELECT '[' || string_agg(jsonb_build_object('id', id, 'parent', parent,
            'names', CASE WHEN CAST(:language AS text) IS NULL THEN names ELSE jsonb_build_object(
                CASE WHEN names ? :language THEN :language ELSE 'en' END,
                coalesce(names -> :language, names -> 'en')) END,
            'version', version, 'attributes', attributes)::text, ','
            ORDER BY coalesce(parent, id), parent IS NOT NULL, position, id) || ']' AS json
        FROM listings.category
        """,
        language=TEXT,
    ).columns(json=TEXT),
    "The category tree, each sector before its leaves.",
    optional="language",
)

_FILTERS = """p.expires_at > :now
    AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
    AND (CAST(:type AS text) IS NULL OR p.type = :type)
    AND (CAST(:country AS text) IS NULL OR p.country = :country)
    AND (CAST(:city_id AS integer) IS NULL OR p.city_id = :city_id)
    AND (CAST(:currency AS text) IS NULL OR p.currency = :currency)
    AND (CAST(:price_min AS bigint) IS NULL OR p.price_minor >= :price_min)
    AND (CAST(:price_max AS bigint) IS NULL OR p.price_minor <= :price_max)
    AND (CAST(:verified AS boolean) IS NOT TRUE OR p.verified)
    AND (CAST(:words AS text) IS NULL OR p.search @@ CAST(:words AS tsquery))
    AND (cardinality(CAST(:keys AS text[])) = 0 OR NOT EXISTS (
        SELECT FROM unnest(CAST(:keys AS text[]), CAST(:values AS text[])) AS wanted (key, value)
        WHERE p.attributes ->> wanted.key IS DISTINCT FROM wanted.value))"""

_FILTER_TYPES = {
    "type": TEXT,
    "category": TEXT,
    "country": TEXT,
    "city_id": INT,
    "currency": TEXT,
    "price_min": BIGINT,
    "price_max": BIGINT,
    "verified": BOOL,
    "words": TEXT,
    "keys": TEXTS,
    "values": TEXTS,
    "now": INSTANT,
    "limit": INT,
}

_MAY_BE_LEFT_OUT = "type category country city_id currency price_min price_max verified words"


def _in_category(columns: str, beyond: str, order: str) -> str:
    """Return a page of rows in a category, whether it is a leaf or a sector.

    No id names both, so one of the two branches finds nothing at its first look into the index.
    """
    return f"""(SELECT {columns} FROM listings.public_listing AS p
            WHERE {_FILTERS} AND {beyond}
                AND (CAST(:category AS text) IS NULL OR p.category = :category)
            ORDER BY {order} LIMIT CAST(:limit AS integer) + 1)
        UNION ALL
        (SELECT {columns} FROM listings.public_listing AS p
            WHERE {_FILTERS} AND {beyond} AND p.sector = :category
            ORDER BY {order} LIMIT CAST(:limit AS integer) + 1)"""


page_by_newest = one(
    sql(
        page_of(
            _in_category(
                "p.card, p.published_at, p.id",
                f"(p.published_at, p.id) < {AFTER_INSTANT}",
                "p.published_at DESC, p.id DESC",
            ),
            "published_at",
            "published_at DESC, id DESC",
        ),
        **_FILTER_TYPES,
        after_key=TEXT,
        after_id=TEXT,
    ).columns(*PAGE),
    "Live listings, the newest first.",
    optional=_MAY_BE_LEFT_OUT,
)

page_by_price = one(
    sql(
        page_of(
            _in_category(
                "p.card, p.price_minor, p.id",
                """p.price_minor IS NOT NULL AND (p.price_minor, p.id)
                    > (CAST(:after_key AS bigint), CAST(:after_id AS uuid))""",
                "p.price_minor, p.id",
            ),
            "price_minor",
            "price_minor, id",
        ),
        **_FILTER_TYPES,
        after_key=TEXT,
        after_id=TEXT,
    ).columns(*PAGE),
    "Live listings with a price in one currency, the cheapest first.",
    optional=_MAY_BE_LEFT_OUT,
)

_HERE = "ll_to_earth(:latitude, :longitude)"

# The straight line through the earth, which the index orders by, turned into metres over ground.
_METRES = "sec_to_gc(distance)"

_BAND = f"""CASE WHEN {_METRES} < 1000 THEN '<1' WHEN {_METRES} < 2000 THEN '1-2'
    WHEN {_METRES} < 5000 THEN '2-5' WHEN {_METRES} < 10000 THEN '5-10'
    WHEN {_METRES} < 25000 THEN '10-25' WHEN {_METRES} < 50000 THEN '25-50' ELSE '50-100' END"""

# The box keeps the scan from walking on over the whole index where little is near.
_NEAR = f"""p.place <@ earth_box({_HERE}, :radius_m) AND p.place <-> {_HERE} <= gc_to_sec(:radius_m)
    AND (p.place <-> {_HERE}, p.id) > (CAST(:after_key AS float8), CAST(:after_id AS uuid))"""

_POINT = {
    "latitude": FLOAT,
    "longitude": FLOAT,
    "radius_m": FLOAT,
    "after_key": TEXT,
    "after_id": TEXT,
}

page_by_distance = one(
    sql(
        page_of(
            _in_category(f"p.card, p.place <-> {_HERE} AS distance, p.id", _NEAR, "distance, p.id"),
            "distance",
            "distance, id",
        ),
        **_FILTER_TYPES,
        **_POINT,
    ).columns(*PAGE),
    "Live listings round a point, the nearest first.",
    optional=_MAY_BE_LEFT_OUT,
)

page_of_nearby = one(
    sql(
        page_of(
            f"""SELECT p.card, p.place <-> {_HERE} AS distance, p.id
            FROM listings.public_listing AS p
            WHERE p.expires_at > :now AND {_NEAR}
                AND p.business_id NOT IN (SELECT bizconnect.hidden_businesses())
            ORDER BY distance, p.id LIMIT CAST(:limit AS integer) + 1""",
            "distance",
            "distance, id",
            f"""left(card, -1) || ', "distance_km": "' || {_BAND} || '"}}'""",
        ),
        **_POINT,
        now=INSTANT,
        limit=INT,
    ).columns(*PAGE),
    "Live listings round a point with how far they are, the nearest first.",
)
