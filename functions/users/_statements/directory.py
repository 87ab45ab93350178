"""What anyone may see of businesses."""

from functions.users._statements._fragments import DETAIL, PUBLIC
from shared.manifest.statements import BOOL, INT, TEXT, TEXTS, UUID_, done, one, sql, value
from shared.tables.types import may, must

put_public_business = done(
    sql(
        f"""
        INSERT INTO users.public_business (id, slug, name, verification, country, city_id,
            categories, search, card, detail, created_at)
        SELECT b.id, b.slug, b.name, b.verification, b.country, b.city_id,
            ARRAY(SELECT unnest(b.categories) UNION
                SELECT k.parent FROM listings.category AS k
                WHERE k.id = ANY (b.categories) AND k.parent IS NOT NULL),
            array_to_tsvector(:words), jsonb_build_object({PUBLIC})::text,
            jsonb_build_object({DETAIL})::text, b.created_at
        FROM users.business AS b JOIN platform.city AS c ON c.id = b.city_id
        WHERE b.id = :id
        ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, name = excluded.name,
            verification = excluded.verification, country = excluded.country,
            city_id = excluded.city_id, categories = excluded.categories,
            search = excluded.search, card = excluded.card, detail = excluded.detail
        """,
        id=UUID_,
        words=TEXTS,
    ),
    "Write what anyone may see of a business.",
)

is_public_business = value(
    sql(
        "SELECT EXISTS (SELECT FROM users.public_business WHERE id = :id) AS known", id=UUID_
    ).columns(known=BOOL),
    "Whether anyone may know of a business.",
)

public_business = value(
    sql(
        """
        SELECT detail FROM users.public_business
        WHERE id = :id AND id NOT IN (SELECT bizconnect.hidden_businesses())
        """,
        id=UUID_,
    ).columns(detail=TEXT),
    "A business, as anyone may see it.",
)

page_of_businesses = one(
    sql(
        """
        WITH page AS (
            SELECT id, created_at, card FROM users.public_business
            WHERE id NOT IN (SELECT bizconnect.hidden_businesses())
                AND (CAST(:country AS text) IS NULL OR country = :country)
                AND (CAST(:city_id AS integer) IS NULL OR city_id = :city_id)
                AND (CAST(:category AS text) IS NULL
                    OR categories @> ARRAY[CAST(:category AS text)])
                AND (NOT CAST(:verified AS boolean) OR verification IN ('verified', 'trusted'))
                AND (CAST(:words AS text) IS NULL OR search @@ CAST(:words AS tsquery))
                AND (created_at, id)
                    < (CAST(CAST(:after_key AS text) AS timestamptz), CAST(:after_id AS uuid))
            ORDER BY created_at DESC, id DESC
            LIMIT :limit + 1),
        numbered AS (
            SELECT *, row_number() OVER (ORDER BY created_at DESC, id DESC) AS place FROM page)
        SELECT coalesce(string_agg(card, ',' ORDER BY place) FILTER (WHERE place <= :limit), '')
                AS items,
            max(created_at::text) FILTER (WHERE place = :limit) AS last_key,
            max(id::text) FILTER (WHERE place = :limit) AS last_id,
            count(*) > :limit AS more
        FROM numbered
        """,
        country=TEXT,
        city_id=INT,
        category=TEXT,
        verified=BOOL,
        words=TEXT,
        after_key=TEXT,
        after_id=TEXT,
        limit=INT,
    ).columns(must("items", TEXT), may("last_key", TEXT), may("last_id", TEXT), must("more", BOOL)),
    "A page of the directory, the newest first.",
    optional="country city_id category words",
)

holder_of_slug = value(
    sql("SELECT id FROM users.public_business WHERE slug = :slug", slug=TEXT).columns(id=UUID_),
    "The business that has a slug.",
)
