"""A business, as its members see and change it."""

from functions.users._statements._fragments import OWN
from shared.manifest.statements import (
    FLOAT,
    INT,
    TEXT,
    TEXTS,
    UUID_,
    done,
    maybe,
    one,
    rows,
    sql,
    value,
)
from shared.tables.types import may

_DOCUMENT = """name text, description text, categories text[], country text, city_id integer,
    latitude double precision, longitude double precision, zone text, language text,
    corridors text[], phone text"""

place = maybe(
    sql(
        """
        SELECT c.country, c.name, c.latitude, c.longitude, c.zone, k.zones
        FROM platform.city AS c JOIN platform.country AS k ON k.code = c.country
        WHERE c.id = :city_id
        """,
        city_id=INT,
    ).columns(country=TEXT, name=TEXT, latitude=FLOAT, longitude=FLOAT, zone=TEXT, zones=TEXTS),
    "A city, and the time zones of its country.",
)

categories_among = rows(
    sql(
        """
        SELECT id, ARRAY(SELECT n.value FROM jsonb_each_text(names) AS n) AS names
        FROM listings.category WHERE id = ANY (:ids)
        """,
        ids=TEXTS,
    ).columns(id=TEXT, names=TEXTS),
    "Those of `ids` that are categories, with their names in every language.",
)

language_of = value(
    sql("SELECT language FROM users.account WHERE id = :id", id=UUID_).columns(language=TEXT),
    "The language of the caller.",
)

enter_business = value(
    sql(
        """
        SELECT string_agg(set_config(name, concat_ws(',',
            nullif(current_setting(name, true), ''), CAST(:id AS text)), true), ' ')
        FROM unnest(ARRAY['app.businesses', 'app.managed', 'app.owned']) AS name
        """,
        id=TEXT,
    ).columns(entered=TEXT),
    "Let row-level security see the business that this transaction makes, and whose it is.",
)

insert_business = done(
    sql(
        f"""
        INSERT INTO users.business (id, slug, name, description, categories, country, city_id,
            latitude, longitude, zone, language, corridors, phone)
        SELECT :id, :slug, d.name, d.description, d.categories, d.country, d.city_id,
            d.latitude, d.longitude, d.zone, d.language, d.corridors, d.phone
        FROM jsonb_to_record(CAST(:document AS jsonb)) AS d({_DOCUMENT})
        ON CONFLICT (slug) DO NOTHING
        """,
        id=UUID_,
        slug=TEXT,
        document=TEXT,
    ),
    "Insert a business; 0 when its slug is taken.",
)

own_business = value(
    sql(
        f"""
        SELECT {OWN} AS json FROM users.business AS b JOIN platform.city AS c ON c.id = b.city_id
        WHERE b.id = :id
        """,
        id=UUID_,
    ).columns(json=TEXT),
    "A business, as its members see it.",
)

lock_business = value(
    sql("SELECT id FROM users.business WHERE id = :id FOR NO KEY UPDATE", id=UUID_).columns(
        id=UUID_
    ),
    "A business of the caller, locked: its fields and its members change one edit at a time.",
)

business = one(
    sql(
        f"""
        SELECT b.phone, b.version, b.slug, b.name, b.description, b.categories,
            b.country, b.city_id, b.latitude, b.longitude, b.zone, b.language, b.corridors,
            {OWN} AS json
        FROM users.business AS b JOIN platform.city AS c ON c.id = b.city_id WHERE b.id = :id
        """,
        id=UUID_,
    ).columns(
        may("phone", TEXT),
        version=INT,
        slug=TEXT,
        name=TEXT,
        description=TEXT,
        categories=TEXTS,
        country=TEXT,
        city_id=INT,
        latitude=FLOAT,
        longitude=FLOAT,
        zone=TEXT,
        language=TEXT,
        corridors=TEXTS,
        json=TEXT,
    ),
    "A business that is locked, as it is now.",
)

update_business = value(
    sql(
        f"""
        UPDATE users.business AS b
        SET slug = :slug, name = d.name, description = d.description, categories = d.categories,
            country = d.country, city_id = d.city_id, latitude = d.latitude,
            longitude = d.longitude, zone = d.zone, language = d.language,
            corridors = d.corridors, phone = d.phone,
            version = b.version + 1, updated_at = clock_timestamp()
        FROM jsonb_to_record(CAST(:document AS jsonb)) AS d({_DOCUMENT})
        WHERE b.id = :id
        RETURNING b.version
        """,
        id=UUID_,
        slug=TEXT,
        document=TEXT,
    ).columns(version=INT),
    "Store a business anew; its version grows.",
)

insert_verification_request = value(
    sql(
        """
        INSERT INTO users.verification_request (id, business_id, requested_by, level, documents)
        VALUES (:id, :business_id, :requested_by, :level, CAST(:documents AS jsonb))
        ON CONFLICT (business_id) WHERE state = 'pending' DO NOTHING
        RETURNING jsonb_build_object('id', id, 'business_id', business_id, 'level', level,
            'state', state, 'documents', jsonb_path_query_array(documents, '$[*].kind'),
            'created_at', created_at)::text AS json
        """,
        id=UUID_,
        business_id=UUID_,
        requested_by=UUID_,
        level=TEXT,
        documents=TEXT,
    ).columns(json=TEXT),
    "Ask for verification; None while an earlier request waits.",
)

verification_of = value(
    sql("SELECT verification FROM users.business WHERE id = :id", id=UUID_).columns(
        verification=TEXT
    ),
    "How far a business of the caller is verified.",
)
