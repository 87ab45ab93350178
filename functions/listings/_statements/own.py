"""Listings as the members of their business see them, and what a writer needs to know."""

from functions.listings._statements._fragments import AFTER_INSTANT, OWN, PAGE, STATE, page_of
from shared.manifest.statements import (
    BOOL,
    FLOAT,
    INSTANT,
    INT,
    TEXT,
    UUID_,
    UUIDS,
    maybe,
    one,
    sql,
)
from shared.tables.types import may, must

facts = one(
    sql(
        """
        SELECT k.parent AS sector, k.version AS attributes_version, k.attributes::text AS schema,
            (SELECT string_agg(DISTINCT name.value, ' ' ORDER BY name.value)
                FROM jsonb_each_text(k.names) AS name) AS category_names,
            c.country AS city_country, c.folded_name AS city_name, c.latitude, c.longitude,
            (SELECT true FROM platform.currency WHERE code = :currency) AS knows_currency,
            (SELECT state FROM users.business WHERE id = :business_id) AS business_state
        FROM (VALUES (1)) AS always (present)
        LEFT JOIN listings.category AS k ON k.id = :category
        LEFT JOIN platform.city AS c ON c.id = :city_id
        """,
        category=TEXT,
        city_id=INT,
        currency=TEXT,
        business_id=UUID_,
    ).columns(
        may("sector", TEXT),
        may("attributes_version", INT),
        may("schema", TEXT),
        may("category_names", TEXT),
        may("city_country", TEXT),
        may("city_name", TEXT),
        may("latitude", FLOAT),
        may("longitude", FLOAT),
        may("knows_currency", BOOL),
        may("business_state", TEXT),
    ),
    "What the rules ask about a category, a city, a currency and a business; NULL where unknown.",
    optional="currency",
)

take_quota = one(
    sql(
        """
        SELECT b.plan, q.* FROM users.business AS b CROSS JOIN LATERAL platform.take_quota(
            b.id, 'listings', b.zone, (CAST(:per_day AS jsonb) ->> b.plan)::integer,
            (CAST(:per_month AS jsonb) ->> b.plan)::integer, :now) AS q
        WHERE b.id = :business_id
        """,
        business_id=UUID_,
        per_day=TEXT,
        per_month=TEXT,
        now=INSTANT,
    ).columns(
        plan=TEXT,
        granted=BOOL,
        used_today=INT,
        used_this_month=INT,
        day_ends_at=INSTANT,
        month_ends_at=INSTANT,
    ),
    "Take one listing from what the plan of a business allows, or see that none is left.",
)

lock_listing = maybe(
    sql(
        f"""
        SELECT l.business_id, l.state AS stored_state, {STATE} AS state, l.version, l.title,
            l.expires_at, {OWN} AS json
        FROM listings.listing AS l JOIN platform.city AS c ON c.id = l.city_id
        WHERE l.id = :id AND l.state <> 'removed' FOR UPDATE OF l
        """,
        id=UUID_,
        now=INSTANT,
    ).columns(
        must("business_id", UUID_),
        must("stored_state", TEXT),
        must("state", TEXT),
        must("version", INT),
        must("title", TEXT),
        may("expires_at", INSTANT),
        must("json", TEXT),
    ),
    "A listing of the caller's, locked until this transaction ends.",
)

page_of_own = one(
    sql(
        page_of(
            f"""SELECT l.card, l.created_at, l.id
            FROM unnest(CAST(:businesses AS uuid[])) AS mine (id)
            CROSS JOIN LATERAL (
                SELECT {OWN} AS card, l.created_at, l.id
                FROM listings.listing AS l JOIN platform.city AS c ON c.id = l.city_id
                WHERE l.business_id = mine.id AND l.state <> 'removed'
                    AND (CAST(:state AS text) IS NULL OR {STATE} = :state)
                    AND (l.created_at, l.id) < {AFTER_INSTANT}
                ORDER BY l.created_at DESC, l.id DESC LIMIT CAST(:limit AS integer) + 1
            ) AS l
            ORDER BY l.created_at DESC, l.id DESC LIMIT CAST(:limit AS integer) + 1""",
            "created_at",
            "created_at DESC, id DESC",
        ),
        businesses=UUIDS,
        state=TEXT,
        after_key=TEXT,
        after_id=TEXT,
        now=INSTANT,
        limit=INT,
    ).columns(*PAGE),
    "The listings of some businesses as their members see them, the newest first.",
    optional="state",
)
