"""What the statements about listings are put together from."""

from shared.manifest.statements import BOOL, TEXT
from shared.tables.types import may, must
from shared.words import DAY, HOUR, LONGEST_WORD

PRICE = """jsonb_build_object('kind', l.price_kind, 'amount_minor', l.price_minor,
    'max_minor', l.price_max_minor, 'currency', l.currency, 'unit', l.price_unit)"""

# By the clock, not by the job that tidies up later.
STATE = """CASE WHEN l.state IN ('published', 'paused') AND l.expires_at <= :now
    THEN 'expired' ELSE l.state END"""

OWN = f"""jsonb_build_object(
    'id', l.id, 'business_id', l.business_id, 'type', l.type, 'state', {STATE}, 'title', l.title,
    'description', l.description, 'language', l.language, 'category', l.category,
    'attributes', l.attributes, 'price', {PRICE}, 'country', l.country,
    'city', jsonb_build_object('id', c.id, 'name', c.name),
    'location', jsonb_build_object('latitude', l.latitude, 'longitude', l.longitude),
    'reach', l.reach, 'duration_hours', l.duration_hours, 'published_at', l.published_at,
    'expires_at', l.expires_at, 'outcome', l.outcome,
    'rejection', CASE WHEN l.state = 'rejected' THEN
        jsonb_build_object('reason', l.rejection_reason, 'note', l.rejection_note) END,
    'version', l.version, 'created_at', l.created_at, 'updated_at', l.updated_at)::text"""

CARD = f"""jsonb_build_object(
    'id', l.id, 'type', l.type, 'title', l.title, 'category', l.category, 'price', {PRICE},
    'country', l.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
    'reach', l.reach, 'language', l.language,
    'business', jsonb_build_object('id', b.id, 'name', b.name, 'slug', b.slug,
        'verification', b.verification),
    'published_at', l.published_at, 'expires_at', l.expires_at)"""

DETAIL = """jsonb_build_object('description', l.description, 'sector', k.parent,
    'attributes', l.attributes, 'location', jsonb_build_object(
        'latitude', round((floor(l.latitude * 100) / 100)::numeric + 0.005, 3),
        'longitude', round((floor(l.longitude * 100) / 100)::numeric + 0.005, 3)))"""

# The published point is somewhere in the cell of 0.01 degree that holds the true one: where, the
# random part of the id decides. A cell's centre would do for privacy, but a thousand listings on
# one point tie, and a nearest-neighbour scan must read and sort all that tie.
PLACE = """ll_to_earth(
    least(90, floor(l.latitude * 100) / 100
        + ('x' || right(l.id::text, 6))::bit(24)::int / 1677721600.0),
    floor(l.longitude * 100) / 100
        + ('x' || substr(l.id::text, 25, 6))::bit(24)::int / 1677721600.0)"""

# As `shared.words` asks for it, which also says why.
SECOND = "floor(extract(epoch FROM l.published_at))::bigint"

SEARCH = f"""array_to_tsvector(ARRAY(
        SELECT left(word, {LONGEST_WORD}) || mark
        FROM (VALUES (l.folded_title, '^'), (l.folded_title, '^@' || {SECOND} / {DAY}),
                (l.folded_title || ' ' || l.folded_text, ''),
                (l.folded_title || ' ' || l.folded_text, '@' || {SECOND} / {DAY})
            ) AS said (words, mark), string_to_table(said.words, ' ') AS word
        WHERE word <> ''
    ) || ARRAY['#' || {SECOND} / {HOUR},
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
            {SEARCH}, {PLACE}, l.published_at, l.expires_at, made.card::text,
            (made.card || {DETAIL})::text
        FROM {source} AS l
        JOIN users.business AS b ON b.id = l.business_id
        JOIN platform.city AS c ON c.id = l.city_id
        JOIN listings.category AS k ON k.id = l.category
        CROSS JOIN LATERAL (SELECT {CARD} AS card) AS made
        WHERE l.state = 'published'"""


def put_public(source: str) -> str:
    """Return the INSERT that makes or renews the rows strangers see."""
    changes = ", ".join(f"{name} = excluded.{name}" for name in PUBLIC_COLUMNS[1:])
    return f"""INSERT INTO listings.public_listing ({", ".join(PUBLIC_COLUMNS)})
        {public_rows(source)}
        ON CONFLICT (id) DO UPDATE SET {changes}"""


GONE = "DELETE FROM listings.public_listing AS p USING changed WHERE p.id = changed.id"

TOUCH = "version = l.version + 1, updated_at = clock_timestamp()"


def note(from_state: str, actor: str = ":actor_id", reason: str = "NULL") -> str:
    return f"""INSERT INTO listings.transition
            (listing_id, business_id, from_state, to_state, actor_id, reason)
        SELECT id, business_id, {from_state}, state, {actor}, {reason} FROM changed"""


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

AFTER_INSTANT = "(CAST(:after_key AS timestamptz), CAST(:after_id AS uuid))"
