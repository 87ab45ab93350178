"""Every SQL statement of listings; `python -m functions write` prints them into `_queries.py`.

A change of state is one statement: it updates the row only from a state that allows it, notes the
transition, and writes or removes the row that strangers see.
"""

from shared.manifest.statements import (
    BIGINT,
    BOOL,
    FLOAT,
    INSTANT,
    INT,
    TEXT,
    TEXTS,
    UUID_,
    UUIDS,
    maybe,
    one,
    rows,
    sql,
    value,
)
from shared.tables.types import may, must
from shared.words import DAY, HOUR, LONGEST_WORD

# What a row is to its readers

_PRICE = """jsonb_build_object('kind', l.price_kind, 'amount_minor', l.price_minor,
    'max_minor', l.price_max_minor, 'currency', l.currency, 'unit', l.price_unit)"""

# By the clock, not by the job that tidies up later.
_STATE = """CASE WHEN l.state IN ('published', 'paused') AND l.expires_at <= :now
    THEN 'expired' ELSE l.state END"""

_OWN = f"""jsonb_build_object(
    'id', l.id, 'business_id', l.business_id, 'type', l.type, 'state', {_STATE}, 'title', l.title,
    'description', l.description, 'language', l.language, 'category', l.category,
    'attributes', l.attributes, 'price', {_PRICE}, 'country', l.country,
    'city', jsonb_build_object('id', c.id, 'name', c.name),
    'location', jsonb_build_object('latitude', l.latitude, 'longitude', l.longitude),
    'reach', l.reach, 'duration_hours', l.duration_hours, 'published_at', l.published_at,
    'expires_at', l.expires_at, 'outcome', l.outcome,
    'rejection', CASE WHEN l.state = 'rejected' THEN
        jsonb_build_object('reason', l.rejection_reason, 'note', l.rejection_note) END,
    'version', l.version, 'created_at', l.created_at, 'updated_at', l.updated_at)::text"""

_CARD = f"""jsonb_build_object(
    'id', l.id, 'type', l.type, 'title', l.title, 'category', l.category, 'price', {_PRICE},
    'country', l.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
    'reach', l.reach, 'language', l.language,
    'business', jsonb_build_object('id', b.id, 'name', b.name, 'slug', b.slug,
        'verification', b.verification),
    'published_at', l.published_at, 'expires_at', l.expires_at)"""

_DETAIL = """jsonb_build_object('description', l.description, 'sector', k.parent,
    'attributes', l.attributes, 'location', jsonb_build_object(
        'latitude', round((floor(l.latitude * 100) / 100)::numeric + 0.005, 3),
        'longitude', round((floor(l.longitude * 100) / 100)::numeric + 0.005, 3)))"""

# The published point is somewhere in the cell of 0.01 degree that holds the true one: where, the
# random part of the id decides. A cell's centre would do for privacy, but a thousand listings on
# one point tie, and a nearest-neighbour scan must read and sort all that tie.
_PLACE = """ll_to_earth(
    least(90, floor(l.latitude * 100) / 100
        + ('x' || right(l.id::text, 6))::bit(24)::int / 1677721600.0),
    floor(l.longitude * 100) / 100
        + ('x' || substr(l.id::text, 25, 6))::bit(24)::int / 1677721600.0)"""

# As `shared.words` asks for it, which also says why.
_SECOND = "floor(extract(epoch FROM l.published_at))::bigint"
_SEARCH = f"""array_to_tsvector(ARRAY(
        SELECT left(word, {LONGEST_WORD}) || mark
        FROM (VALUES (l.folded_title, '^'), (l.folded_title, '^@' || {_SECOND} / {DAY}),
                (l.folded_title || ' ' || l.folded_text, ''),
                (l.folded_title || ' ' || l.folded_text, '@' || {_SECOND} / {DAY})
            ) AS said (words, mark), string_to_table(said.words, ' ') AS word
        WHERE word <> ''
    ) || ARRAY['#' || {_SECOND} / {HOUR},
        '=type:' || l.type, '=country:' || l.country, '=city:' || l.city_id,
        '=category:' || l.category, '=category:' || k.parent])"""

PUBLIC_COLUMNS = (
    "id",
    "business_id",
    "type",
    "sector",
    "category",
    "country",
    "city_id",
    "price_minor",
    "currency",
    "verified",
    "attributes",
    "search",
    "place",
    "published_at",
    "expires_at",
    "card",
    "detail",
)


def public_rows(source: str) -> str:
    """Return the SELECT that makes the rows strangers see from listings in `source`."""
    return f"""
        SELECT l.id, l.business_id, l.type, k.parent, l.category, l.country, l.city_id,
            l.price_minor, l.currency, b.verification IN ('verified', 'trusted'), l.attributes,
            {_SEARCH}, {_PLACE}, l.published_at, l.expires_at, made.card::text,
            (made.card || {_DETAIL})::text
        FROM {source} AS l
        JOIN users.business AS b ON b.id = l.business_id
        JOIN platform.city AS c ON c.id = l.city_id
        JOIN listings.category AS k ON k.id = l.category
        CROSS JOIN LATERAL (SELECT {_CARD} AS card) AS made
        WHERE l.state = 'published'"""


def put_public(source: str) -> str:
    """Return the INSERT that makes or renews the rows strangers see."""
    changes = ", ".join(f"{name} = excluded.{name}" for name in PUBLIC_COLUMNS[1:])
    return f"""INSERT INTO listings.public_listing ({", ".join(PUBLIC_COLUMNS)})
        {public_rows(source)}
        ON CONFLICT (id) DO UPDATE SET {changes}"""


_GONE = "DELETE FROM listings.public_listing AS p USING changed WHERE p.id = changed.id"
_TOUCH = "version = l.version + 1, updated_at = clock_timestamp()"


def _note(from_state: str, actor: str = ":actor_id", reason: str = "NULL") -> str:
    return f"""INSERT INTO listings.transition
            (listing_id, business_id, from_state, to_state, actor_id, reason)
        SELECT id, business_id, {from_state}, state, {actor}, {reason} FROM changed"""


_ANSWER = f"""SELECT l.version, l.title, l.business_id, l.type, l.category, l.country,
        l.published_at, l.expires_at, l.updated_at, {_OWN} AS json
    FROM changed AS l JOIN platform.city AS c ON c.id = l.city_id"""
_ANSWERED = {
    "version": INT,
    "title": TEXT,
    "business_id": UUID_,
    "type": TEXT,
    "category": TEXT,
    "country": TEXT,
    "published_at": INSTANT,
    "expires_at": INSTANT,
    "updated_at": INSTANT,
    "json": TEXT,
}

_CONTENT = """type text, title text, description text, language text, category text,
    attributes jsonb, attributes_version integer, price_kind text, price_minor bigint,
    price_max_minor bigint, currency text, price_unit text, country text, city_id integer,
    latitude float8, longitude float8, reach text, folded_title text, folded_text text,
    duration_hours integer"""
_CONTENT_NAMES = [column.split()[0] for column in _CONTENT.split(",")]
_NAMES = ", ".join(_CONTENT_NAMES)
_GIVEN = ", ".join(f"d.{name}" for name in _CONTENT_NAMES)
_AS_GIVEN = ", ".join(f"{name} = d.{name}" for name in _CONTENT_NAMES)

# What a writer needs to know

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

lock_listing = maybe(
    sql(
        f"""
        SELECT l.business_id, l.state AS stored_state, {_STATE} AS state, l.version, l.title,
            l.expires_at, {_OWN} AS json
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

# Writes

insert_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            INSERT INTO listings.listing (id, business_id, author_id, state, {_NAMES})
            SELECT :id, :business_id, :actor_id, 'pending', {_GIVEN}
            FROM jsonb_to_record(CAST(:content AS jsonb)) AS d({_CONTENT})
            ON CONFLICT (id) DO NOTHING
            RETURNING *
        ), noted AS ({_note("NULL")})
        {_ANSWER}
        """,
        id=UUID_,
        business_id=UUID_,
        actor_id=UUID_,
        content=TEXT,
        now=INSTANT,
    ).columns(**_ANSWERED),
    "Store a listing that waits for a decision, unless its id is taken.",
)

save_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l
            SET state = :to_state, {_AS_GIVEN},
                rejection_reason = NULL, rejection_note = NULL, {_TOUCH}
            FROM jsonb_to_record(CAST(:content AS jsonb)) AS d({_CONTENT})
            WHERE l.id = :id AND l.version = :version AND l.state = :from_state
            RETURNING l.*
        ), noted AS ({_note(":from_state", reason="'edited'")}
        ), gone AS ({_GONE} AND changed.state = 'pending'
        ), shown AS ({put_public("changed")})
        {_ANSWER}
        """,
        id=UUID_,
        version=INT,
        from_state=TEXT,
        to_state=TEXT,
        content=TEXT,
        actor_id=UUID_,
        now=INSTANT,
    ).columns(**_ANSWERED),
    "Store what a listing says now; on the market it is shown anew, in review it is not.",
)

extend_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l
            SET expires_at = greatest(l.expires_at, :now) + make_interval(hours => :hours),
                state = CASE l.state WHEN 'expired' THEN 'published' ELSE l.state END, {_TOUCH}
            WHERE l.id = :id AND l.state IN ('published', 'paused', 'expired')
                AND l.state = :from_state
            RETURNING l.*
        ), noted AS ({_note(":from_state", reason="'extended'")}
        ), shown AS ({put_public("changed")})
        {_ANSWER}
        """,
        id=UUID_,
        from_state=TEXT,
        hours=INT,
        actor_id=UUID_,
        now=INSTANT,
    ).columns(**_ANSWERED),
    "Give a listing more time; one that had left the market is back on it.",
)

pause_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l SET state = 'paused', {_TOUCH}
            WHERE l.id = :id AND l.state = 'published' AND l.expires_at > :now
            RETURNING l.*
        ), noted AS ({_note("'published'")}), gone AS ({_GONE})
        {_ANSWER}
        """,
        id=UUID_,
        actor_id=UUID_,
        now=INSTANT,
    ).columns(**_ANSWERED),
    "Take a listing off the market while its time runs on.",
)

resume_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l SET state = 'published', {_TOUCH}
            WHERE l.id = :id AND l.state = 'paused' AND l.expires_at > :now
            RETURNING l.*
        ), noted AS ({_note("'paused'")}), shown AS ({put_public("changed")})
        {_ANSWER}
        """,
        id=UUID_,
        actor_id=UUID_,
        now=INSTANT,
    ).columns(**_ANSWERED),
    "Put a paused listing back on the market.",
)

close_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l SET state = 'closed', outcome = :outcome, {_TOUCH}
            WHERE l.id = :id AND l.state IN ('pending', 'published', 'paused', 'expired')
                AND l.state = :from_state
            RETURNING l.*
        ), noted AS ({_note(":from_state", reason=":outcome")}), gone AS ({_GONE})
        {_ANSWER}
        """,
        id=UUID_,
        from_state=TEXT,
        outcome=TEXT,
        actor_id=UUID_,
        now=INSTANT,
    ).columns(**_ANSWERED),
    "End a listing and keep how it ended.",
)

remove_listing = value(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l SET state = 'removed', {_TOUCH}
            WHERE l.id = :id AND l.state = :from_state AND l.state <> 'removed'
            RETURNING l.*
        ), noted AS ({_note(":from_state")}), gone AS ({_GONE})
        SELECT version FROM changed
        """,
        id=UUID_,
        from_state=TEXT,
        actor_id=UUID_,
    ).columns(version=INT),
    "Leave a tombstone, which offline devices learn of.",
)

# Decisions and the clock

approve_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l
            SET state = 'published', published_at = coalesce(l.published_at, :decided_at),
                expires_at = CAST(:decided_at AS timestamptz)
                    + make_interval(hours => l.duration_hours), {_TOUCH}
            WHERE l.id = :id AND l.state = 'pending' AND l.version = :version
            RETURNING l.*
        ), noted AS ({_note("'pending'", ":decided_by", "'approved'")}
        ), shown AS ({put_public("changed")})
        SELECT id, business_id, version, title, type, category, country, published_at, expires_at,
            published_at = :decided_at AS first
        FROM changed
        """,
        id=UUID_,
        version=INT,
        decided_by=UUID_,
        decided_at=INSTANT,
    ).columns(
        id=UUID_,
        business_id=UUID_,
        version=INT,
        title=TEXT,
        type=TEXT,
        category=TEXT,
        country=TEXT,
        published_at=INSTANT,
        expires_at=INSTANT,
        first=BOOL,
    ),
    "Put an approved listing on the market, unless it changed since it was decided on.",
)

reject_listing = maybe(
    sql(
        f"""
        WITH changed AS (
            UPDATE listings.listing AS l
            SET state = 'rejected', rejection_reason = :reason, rejection_note = :note, {_TOUCH}
            WHERE l.id = :id AND l.state = 'pending' AND l.version = :version
            RETURNING l.*
        ), noted AS ({_note("'pending'", ":decided_by", ":reason")})
        SELECT id, business_id, version, title FROM changed
        """,
        id=UUID_,
        version=INT,
        reason=TEXT,
        note=TEXT,
        decided_by=UUID_,
    ).columns(id=UUID_, business_id=UUID_, version=INT, title=TEXT),
    "Refuse a listing, unless it changed since it was decided on.",
    optional="note",
)

expire_due = rows(
    sql(
        f"""
        WITH due AS (
            SELECT id, state FROM listings.listing
            WHERE state IN ('published', 'paused') AND expires_at <= :now
            ORDER BY expires_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
        ), changed AS (
            UPDATE listings.listing AS l SET state = 'expired', {_TOUCH}
            FROM due WHERE l.id = due.id AND l.state IN ('published', 'paused')
            RETURNING l.*, due.state AS was
        ), noted AS ({_note("was", "CAST(NULL AS uuid)")}), gone AS ({_GONE})
        SELECT id, business_id, version, title, expires_at FROM changed ORDER BY expires_at, id
        """,
        now=INSTANT,
        limit=INT,
    ).columns(id=UUID_, business_id=UUID_, version=INT, title=TEXT, expires_at=INSTANT),
    "Take listings whose time is up off the market.",
)

remind_due = rows(
    sql(
        """
        WITH due AS (
            SELECT l.id, l.business_id, l.version, l.title, l.expires_at FROM listings.listing AS l
            WHERE l.state IN ('published', 'paused') AND l.expires_at > :now
                AND l.expires_at <= CAST(:now AS timestamptz) + interval '24 hours'
                AND l.expires_at <= CAST(:now AS timestamptz)
                    + make_interval(mins => l.duration_hours * 15)
                AND NOT EXISTS (SELECT FROM listings.reminder AS r WHERE r.listing_id = l.id
                    AND r.expires_at = l.expires_at AND r.kind = 'expiring')
            ORDER BY l.expires_at, l.id LIMIT :limit
        ), noted AS (
            INSERT INTO listings.reminder (listing_id, expires_at, kind)
            SELECT id, expires_at, 'expiring' FROM due
            ON CONFLICT DO NOTHING RETURNING listing_id
        )
        SELECT due.id, due.business_id, due.version, due.title, due.expires_at
        FROM due JOIN noted ON noted.listing_id = due.id ORDER BY due.expires_at, due.id
        """,
        now=INSTANT,
        limit=INT,
    ).columns(id=UUID_, business_id=UUID_, version=INT, title=TEXT, expires_at=INSTANT),
    "Note, once for each date, the listings in the last quarter of their time.",
)

refresh_cards = one(
    sql(
        f"""
        WITH locked AS MATERIALIZED (
            SELECT * FROM listings.listing
            WHERE business_id = :business_id AND id > :after
                AND state IN ('pending', 'published', 'paused')
            ORDER BY id LIMIT :limit FOR UPDATE
        ), shown AS ({put_public("locked")})
        SELECT count(*) AS seen, max(id::text) AS last FROM locked
        """,
        business_id=UUID_,
        after=UUID_,
        limit=INT,
    ).columns(must("seen", INT), may("last", TEXT)),
    # Pending and paused rows are locked too, so that one being published meanwhile is waited for.
    "Show the listings of a business anew, in batches by id.",
)

# Reads

public_listing = value(
    sql(
        "SELECT detail FROM listings.public_listing WHERE id = :id AND expires_at > :now",
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


def page_of(inner: str, key: str, order: str, item: str = "card") -> str:
    """Return one row from `inner`'s `:limit` + 1: items, last key, whether there are more."""
    return f"""
        SELECT coalesce(string_agg({item}, ',' ORDER BY n) FILTER (WHERE n <= :limit), '') AS items,
            max({key}::text) FILTER (WHERE n = :limit) AS last_key,
            max(id::text) FILTER (WHERE n = :limit) AS last_id,
            count(*) > :limit AS more
        FROM (SELECT *, row_number() OVER (ORDER BY {order}) AS n
            FROM ({inner}) AS found) AS page"""


PAGE = (must("items", TEXT), may("last_key", TEXT), may("last_id", TEXT), must("more", BOOL))

_AFTER_INSTANT = "(CAST(:after_key AS timestamptz), CAST(:after_id AS uuid))"

page_by_newest = one(
    sql(
        page_of(
            _in_category(
                "p.card, p.published_at, p.id",
                f"(p.published_at, p.id) < {_AFTER_INSTANT}",
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

page_of_own = one(
    sql(
        page_of(
            f"""SELECT l.card, l.created_at, l.id
            FROM unnest(CAST(:businesses AS uuid[])) AS mine (id)
            CROSS JOIN LATERAL (
                SELECT {_OWN} AS card, l.created_at, l.id
                FROM listings.listing AS l JOIN platform.city AS c ON c.id = l.city_id
                WHERE l.business_id = mine.id AND l.state <> 'removed'
                    AND (CAST(:state AS text) IS NULL OR {_STATE} = :state)
                    AND (l.created_at, l.id) < {_AFTER_INSTANT}
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
