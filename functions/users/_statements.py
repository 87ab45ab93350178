"""Every SQL statement of users; `python -m functions write` prints them into `_queries.py`."""

from shared.manifest.statements import (
    BOOL,
    FLOAT,
    INSTANT,
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
from shared.tables.types import may, must

# Accounts

_USER = """jsonb_build_object(
    'id', account.id, 'roles', roles, 'given_name', given_name, 'family_name', family_name,
    'country', country, 'language', language, 'zone', zone, 'phone', phone,
    'phone_verified', phone_verified, 'data_saver', data_saver,
    'businesses', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('business_id', b.id, 'name', b.name,
            'slug', b.slug, 'role', m.role) ORDER BY m.created_at, b.id), '[]')
        FROM users.membership AS m JOIN users.business AS b ON b.id = m.business_id
        WHERE m.user_id = account.id),
    'version', version, 'created_at', created_at)::text"""

enter_account = value(
    sql("SELECT set_config('app.user_id', :id, true)", id=TEXT).columns(entered=TEXT),
    "Let row-level security see the account that this transaction makes.",
)

take_phone = value(
    sql("SELECT users.take_phone(:number)", number=TEXT).columns(taken=TEXT),
    "Make a number that the caller has proven nobody else's.",
)

insert_account = maybe(
    sql(
        f"""
        INSERT INTO users.account (id, uid, roles, given_name, family_name, country, language, zone,
            phone, phone_raw, phone_verified)
        VALUES (:id, :uid, :roles, :given_name, :family_name, :country, :language, :zone,
            :phone, :phone_raw, :phone_verified)
        ON CONFLICT (uid) DO NOTHING
        RETURNING {_USER} AS json
        """,
        id=UUID_,
        uid=TEXT,
        roles=TEXTS,
        given_name=TEXT,
        family_name=TEXT,
        country=TEXT,
        language=TEXT,
        zone=TEXT,
        phone=TEXT,
        phone_raw=TEXT,
        phone_verified=BOOL,
    ).columns(json=TEXT),
    "Insert an account unless this sign-in has one.",
)

user = value(
    sql(f"SELECT {_USER} AS json FROM users.account WHERE id = :id", id=UUID_).columns(json=TEXT),
    "An account, as its owner sees it.",
)

lock_account = one(
    sql(
        f"""
        SELECT version, country, zone, phone, phone_verified, {_USER} AS json
        FROM users.account WHERE id = :id FOR NO KEY UPDATE OF account
        """,
        id=UUID_,
    ).columns(version=INT, country=TEXT, zone=TEXT, phone=TEXT, phone_verified=BOOL, json=TEXT),
    "The caller's account, locked against other edits.",
)

update_account = done(
    sql(
        """
        UPDATE users.account
        SET given_name = coalesce(c.given_name, account.given_name),
            family_name = coalesce(c.family_name, account.family_name),
            country = coalesce(c.country, account.country),
            language = coalesce(c.language, account.language),
            zone = coalesce(c.zone, account.zone),
            phone = coalesce(c.phone, account.phone),
            phone_raw = coalesce(c.phone_raw, account.phone_raw),
            phone_verified = coalesce(c.phone_verified, account.phone_verified),
            data_saver = coalesce(c.data_saver, account.data_saver),
            version = account.version + 1, updated_at = clock_timestamp()
        FROM jsonb_to_record(CAST(:change AS jsonb)) AS c(given_name text, family_name text,
            country text, language text, zone text, phone text, phone_raw text,
            phone_verified boolean, data_saver boolean)
        WHERE account.id = :id
        """,
        id=UUID_,
        change=TEXT,
    ),
    "Change the fields that `change` holds.",
)

country_zones = value(
    sql("SELECT zones FROM platform.country WHERE code = :code", code=TEXT).columns(zones=TEXTS),
    "The time zones of a country; None when we do not know it.",
)

insert_consents = done(
    sql(
        """
        INSERT INTO users.consent (user_id, purpose, granted, policy_version, decided_at)
        SELECT :user_id, c.purpose, c.granted, c.policy_version, clock_timestamp()
        FROM jsonb_to_recordset(CAST(:consents AS jsonb))
            AS c(purpose text, granted boolean, policy_version text)
        """,
        user_id=UUID_,
        consents=TEXT,
    ),
    "Keep what the person agreed to and refused.",
)

put_profile = done(
    sql(
        """
        INSERT INTO users.public_profile (user_id, card)
        SELECT id, jsonb_build_object('id', id,
            'name', given_name || ' ' || left(family_name, 1) || '.',
            'country', country, 'since', created_at)::text
        FROM users.account WHERE id = :id
        ON CONFLICT (user_id) DO UPDATE SET card = excluded.card
        """,
        id=UUID_,
    ),
    "Write what others may see of an account.",
)

profile = value(
    sql("SELECT card FROM users.public_profile WHERE user_id = :id", id=UUID_).columns(card=TEXT),
    "A person, as other people see him.",
)

# Sign-ins and devices

revoke_sessions = one(
    sql(
        """
        UPDATE users.account SET revoked_after = clock_timestamp()
        WHERE id = :id RETURNING revoked_after
        """,
        id=UUID_,
    ).columns(revoked_after=INSTANT),
    "Refuse from now on every token of an earlier sign-in.",
)

take_turn = value(
    sql(
        "SELECT pg_advisory_xact_lock(hashtextextended('users.claims:' || CAST(:uid AS text), 0))",
        uid=TEXT,
    ).columns(taken=TEXT),
    "Wait until nobody else is telling the identity provider about this sign-in.",
)

claims_of = maybe(
    sql(
        "SELECT uid, roles, role_version FROM users.account WHERE id = :id",
        id=UUID_,
    ).columns(uid=TEXT, roles=TEXTS, role_version=INT),
    "What a token may say of an account.",
)

take_device = value(
    sql(
        "SELECT users.take_device(:install_id, :push_token, :platform, :app_version)",
        install_id=UUID_,
        push_token=TEXT,
        platform=TEXT,
        app_version=TEXT,
    ).columns(taken=TEXT),
    "Give an install and a push token to the caller, whoever had them.",
)

device = value(
    sql(
        """
        SELECT jsonb_build_object('install_id', install_id, 'platform', platform,
            'app_version', app_version, 'seen_at', seen_at)::text AS json
        FROM users.device WHERE install_id = :install_id AND user_id = :user_id
        """,
        install_id=UUID_,
        user_id=UUID_,
    ).columns(json=TEXT),
    "An install of the caller.",
)

delete_device = done(
    sql(
        "DELETE FROM users.device WHERE install_id = :install_id AND user_id = :user_id",
        install_id=UUID_,
        user_id=UUID_,
    ),
    "Forget an install of the caller.",
)

# Businesses

_PUBLIC = """'id', b.id, 'slug', b.slug, 'name', b.name, 'categories', b.categories,
    'country', b.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
    'verification', b.verification"""

_DETAIL = f"""{_PUBLIC}, 'description', b.description,
    'location', jsonb_build_object('latitude', round(b.latitude::numeric, 2),
        'longitude', round(b.longitude::numeric, 2)),
    'zone', b.zone, 'language', b.language, 'corridors', b.corridors, 'version', b.version,
    'created_at', b.created_at"""

_OWN = f"""jsonb_build_object({_DETAIL},
    'point', jsonb_build_object('latitude', b.latitude, 'longitude', b.longitude),
    'phone', b.phone, 'state', b.state)::text"""

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
        SELECT set_config('app.businesses', concat_ws(',',
            nullif(current_setting('app.businesses', true), ''), CAST(:id AS text)), true)
        """,
        id=TEXT,
    ).columns(entered=TEXT),
    "Let row-level security see the business that this transaction makes.",
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

insert_member = done(
    sql(
        """
        INSERT INTO users.membership (business_id, user_id, role)
        VALUES (:business_id, :user_id, :role) ON CONFLICT DO NOTHING
        """,
        business_id=UUID_,
        user_id=UUID_,
        role=TEXT,
    ),
    "Bring somebody into a business; 0 when he is in it.",
)

put_public_business = done(
    sql(
        f"""
        INSERT INTO users.public_business (id, slug, name, verification, country, city_id,
            categories, search, card, detail, created_at)
        SELECT b.id, b.slug, b.name, b.verification, b.country, b.city_id,
            ARRAY(SELECT unnest(b.categories) UNION
                SELECT k.parent FROM listings.category AS k
                WHERE k.id = ANY (b.categories) AND k.parent IS NOT NULL),
            array_to_tsvector(:words), jsonb_build_object({_PUBLIC})::text,
            jsonb_build_object({_DETAIL})::text, b.created_at
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

own_business = value(
    sql(
        f"""
        SELECT {_OWN} AS json FROM users.business AS b JOIN platform.city AS c ON c.id = b.city_id
        WHERE b.id = :id
        """,
        id=UUID_,
    ).columns(json=TEXT),
    "A business, as its members see it.",
)

is_public_business = value(
    sql(
        "SELECT EXISTS (SELECT FROM users.public_business WHERE id = :id) AS known", id=UUID_
    ).columns(known=BOOL),
    "Whether anyone may know of a business.",
)

public_business = value(
    sql(
        "SELECT detail FROM users.public_business WHERE id = :id",
        id=UUID_,
    ).columns(detail=TEXT),
    "A business, as anyone may see it.",
)

page_of_businesses = one(
    sql(
        """
        WITH page AS (
            SELECT id, created_at, card FROM users.public_business
            WHERE (CAST(:country AS text) IS NULL OR country = :country)
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
            {_OWN} AS json
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

# Members

_MEMBER = """jsonb_build_object('user_id', m.user_id, 'name', p.card::jsonb ->> 'name',
    'role', m.role, 'since', m.created_at)::text"""

staff = one(
    sql(
        """
        SELECT (SELECT role FROM users.membership
                WHERE business_id = :business_id AND user_id = :caller_id) AS caller,
            (SELECT role FROM users.membership
                WHERE business_id = :business_id AND user_id = :member_id) AS member,
            (SELECT count(*) FROM users.membership
                WHERE business_id = :business_id AND role = 'owner') AS owners
        """,
        business_id=UUID_,
        caller_id=UUID_,
        member_id=UUID_,
    ).columns(may("caller", TEXT), may("member", TEXT), owners=INT),
    "What the caller and a member are in a business that is locked, and how many own it.",
)

member = value(
    sql(
        f"""
        SELECT {_MEMBER} AS json
        FROM users.membership AS m JOIN users.public_profile AS p ON p.user_id = m.user_id
        WHERE m.business_id = :business_id AND m.user_id = :user_id
        """,
        business_id=UUID_,
        user_id=UUID_,
    ).columns(json=TEXT),
    "A member of a business.",
)

page_of_members = one(
    sql(
        f"""
        WITH page AS (
            SELECT m.user_id, {_MEMBER} AS card, row_number() OVER (ORDER BY m.user_id) AS place
            FROM users.membership AS m JOIN users.public_profile AS p ON p.user_id = m.user_id
            WHERE m.business_id = :business_id AND m.user_id > CAST(CAST(:after_id AS text) AS uuid)
            ORDER BY m.user_id
            LIMIT :limit + 1)
        SELECT coalesce(string_agg(card, ',' ORDER BY place) FILTER (WHERE place <= :limit), '')
                AS items,
            '' AS last_key,
            max(user_id::text) FILTER (WHERE place = :limit) AS last_id,
            count(*) > :limit AS more
        FROM page
        """,
        business_id=UUID_,
        after_id=TEXT,
        limit=INT,
    ).columns(must("items", TEXT), may("last_key", TEXT), may("last_id", TEXT), must("more", BOOL)),
    "A page of the members of a business, the oldest account first.",
)

set_member_role = done(
    sql(
        """
        UPDATE users.membership SET role = :role
        WHERE business_id = :business_id AND user_id = :user_id
        """,
        business_id=UUID_,
        user_id=UUID_,
        role=TEXT,
    ),
    "Make a member something else.",
)

delete_member = done(
    sql(
        "DELETE FROM users.membership WHERE business_id = :business_id AND user_id = :user_id",
        business_id=UUID_,
        user_id=UUID_,
    ),
    "Take somebody out of a business.",
)

grant_business_role = maybe(
    sql(
        "SELECT uid, roles, role_version FROM users.grant_business_role(:user_id)",
        user_id=UUID_,
    ).columns(uid=TEXT, roles=TEXTS, role_version=INT),
    "Let a new member act as a business; None when he could.",
)
