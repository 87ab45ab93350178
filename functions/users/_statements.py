"""Every SQL statement of users; `python -m functions write` prints them into `_queries.py`."""

from shared.manifest.statements import BOOL, TEXT, TEXTS, UUID_, done, maybe, sql, value

_USER = """jsonb_build_object(
    'id', id, 'roles', roles, 'given_name', given_name, 'family_name', family_name,
    'country', country, 'language', language, 'zone', zone, 'phone', phone,
    'phone_verified', phone_verified, 'data_saver', data_saver, 'version', version,
    'created_at', created_at)::text"""

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

enter_account = value(
    sql("SELECT set_config('app.user_id', :id, true)", id=TEXT).columns(entered=TEXT),
    "Let row-level security see the account that this transaction makes.",
)

user = value(
    sql(f"SELECT {_USER} AS json FROM users.account WHERE id = :id", id=UUID_).columns(json=TEXT),
    "An account, as its owner sees it.",
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
        SELECT id, jsonb_build_object('id', id, 'name', given_name || ' ' || left(family_name, 1) || '.',
            'country', country, 'since', created_at)::text
        FROM users.account WHERE id = :id
        ON CONFLICT (user_id) DO UPDATE SET card = excluded.card
        """,
        id=UUID_,
    ),
    "Write what others may see of an account.",
)
