"""An account: what it is, what it agreed to, what others may see of it."""

from shared.manifest.statements import BOOL, INT, TEXT, TEXTS, UUID_, done, maybe, one, sql, value

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

# An erasure takes the profile first: who is brought in somewhere is brought in before, or never.
lock_profile = value(
    sql("SELECT users.lock_person(:id) AS user_id", id=UUID_).columns(user_id=UUID_),
    "A person who is there, and stays until this transaction ends.",
)

profile = value(
    sql("SELECT card FROM users.public_profile WHERE user_id = :id", id=UUID_).columns(card=TEXT),
    "A person, as other people see him.",
)
