"""Printed from _statements.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_ENTER_ACCOUNT = """
SELECT set_config('app.user_id', $1::VARCHAR, true)
"""


def enter_account(db: Connection, *, id: str) -> str | None:
    """Let row-level security see the account that this transaction makes."""
    result: str | None = db.value(_ENTER_ACCOUNT, id)
    return result


_TAKE_PHONE = """
SELECT users.take_phone($1::VARCHAR)
"""


def take_phone(db: Connection, *, number: str) -> str | None:
    """Make a number that the caller has proven nobody else's."""
    result: str | None = db.value(_TAKE_PHONE, number)
    return result


_INSERT_ACCOUNT = """
INSERT INTO users.account (id, uid, roles, given_name, family_name, country, language, zone,
        phone, phone_raw, phone_verified)
    VALUES ($1::UUID, $2::VARCHAR, $3::TEXT[], $4::VARCHAR, $5::VARCHAR, $6::VARCHAR, $7::VARCHAR, $8::VARCHAR,
        $9::VARCHAR, $10::VARCHAR, $11::BOOLEAN)
    ON CONFLICT (uid) DO NOTHING
    RETURNING jsonb_build_object(
'id', account.id, 'roles', roles, 'given_name', given_name, 'family_name', family_name,
'country', country, 'language', language, 'zone', zone, 'phone', phone,
'phone_verified', phone_verified, 'data_saver', data_saver,
'businesses', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('business_id', b.id, 'name', b.name,
        'slug', b.slug, 'role', m.role) ORDER BY m.created_at, b.id), '[]')
    FROM users.membership AS m JOIN users.business AS b ON b.id = m.business_id
    WHERE m.user_id = account.id),
'version', version, 'created_at', created_at)::text AS json
"""


class InsertAccountRow(NamedTuple):
    """What `insert_account` returns."""

    json: str


def insert_account(db: Connection, *, id: UUID, uid: str, roles: list[str], given_name: str, family_name: str, country: str, language: str, zone: str, phone: str, phone_raw: str, phone_verified: bool) -> InsertAccountRow | None:
    """Insert an account unless this sign-in has one."""
    return db.maybe(InsertAccountRow, _INSERT_ACCOUNT, id, uid, roles, given_name, family_name, country, language, zone, phone, phone_raw, phone_verified)


_USER = """
SELECT jsonb_build_object(
    'id', account.id, 'roles', roles, 'given_name', given_name, 'family_name', family_name,
    'country', country, 'language', language, 'zone', zone, 'phone', phone,
    'phone_verified', phone_verified, 'data_saver', data_saver,
    'businesses', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('business_id', b.id, 'name', b.name,
            'slug', b.slug, 'role', m.role) ORDER BY m.created_at, b.id), '[]')
        FROM users.membership AS m JOIN users.business AS b ON b.id = m.business_id
        WHERE m.user_id = account.id),
    'version', version, 'created_at', created_at)::text AS json FROM users.account WHERE id = $1::UUID
"""


def user(db: Connection, *, id: UUID) -> str | None:
    """An account, as its owner sees it."""
    result: str | None = db.value(_USER, id)
    return result


_LOCK_ACCOUNT = """
SELECT version, country, zone, phone, phone_verified, jsonb_build_object(
'id', account.id, 'roles', roles, 'given_name', given_name, 'family_name', family_name,
'country', country, 'language', language, 'zone', zone, 'phone', phone,
'phone_verified', phone_verified, 'data_saver', data_saver,
'businesses', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('business_id', b.id, 'name', b.name,
        'slug', b.slug, 'role', m.role) ORDER BY m.created_at, b.id), '[]')
    FROM users.membership AS m JOIN users.business AS b ON b.id = m.business_id
    WHERE m.user_id = account.id),
'version', version, 'created_at', created_at)::text AS json
    FROM users.account WHERE id = $1::UUID FOR NO KEY UPDATE OF account
"""


class LockAccountRow(NamedTuple):
    """What `lock_account` returns."""

    version: int
    country: str
    zone: str
    phone: str
    phone_verified: bool
    json: str


def lock_account(db: Connection, *, id: UUID) -> LockAccountRow:
    """The caller's account, locked against other edits."""
    return db.one(LockAccountRow, _LOCK_ACCOUNT, id)


_UPDATE_ACCOUNT = """
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
FROM jsonb_to_record(CAST($1::VARCHAR AS jsonb)) AS c(given_name text, family_name text,
    country text, language text, zone text, phone text, phone_raw text,
    phone_verified boolean, data_saver boolean)
WHERE account.id = $2::UUID
"""


def update_account(db: Connection, *, change: str, id: UUID) -> int:
    """Change the fields that `change` holds."""
    return db.done(_UPDATE_ACCOUNT, change, id)


_COUNTRY_ZONES = """
SELECT zones FROM platform.country WHERE code = $1::VARCHAR
"""


def country_zones(db: Connection, *, code: str) -> list[str] | None:
    """The time zones of a country; None when we do not know it."""
    result: list[str] | None = db.value(_COUNTRY_ZONES, code)
    return result


_INSERT_CONSENTS = """
INSERT INTO users.consent (user_id, purpose, granted, policy_version, decided_at)
SELECT $1::UUID, c.purpose, c.granted, c.policy_version, clock_timestamp()
FROM jsonb_to_recordset(CAST($2::VARCHAR AS jsonb))
    AS c(purpose text, granted boolean, policy_version text)
"""


def insert_consents(db: Connection, *, user_id: UUID, consents: str) -> int:
    """Keep what the person agreed to and refused."""
    return db.done(_INSERT_CONSENTS, user_id, consents)


_PUT_PROFILE = """
INSERT INTO users.public_profile (user_id, card)
SELECT id, jsonb_build_object('id', id,
    'name', given_name || ' ' || left(family_name, 1) || '.',
    'country', country, 'since', created_at)::text
FROM users.account WHERE id = $1::UUID
ON CONFLICT (user_id) DO UPDATE SET card = excluded.card
"""


def put_profile(db: Connection, *, id: UUID) -> int:
    """Write what others may see of an account."""
    return db.done(_PUT_PROFILE, id)


_PROFILE = """
SELECT card FROM users.public_profile WHERE user_id = $1::UUID
"""


def profile(db: Connection, *, id: UUID) -> str | None:
    """A person, as other people see him."""
    result: str | None = db.value(_PROFILE, id)
    return result


_REVOKE_SESSIONS = """
UPDATE users.account SET revoked_after = clock_timestamp()
WHERE id = $1::UUID RETURNING revoked_after
"""


class RevokeSessionsRow(NamedTuple):
    """What `revoke_sessions` returns."""

    revoked_after: datetime


def revoke_sessions(db: Connection, *, id: UUID) -> RevokeSessionsRow:
    """Refuse from now on every token of an earlier sign-in."""
    return db.one(RevokeSessionsRow, _REVOKE_SESSIONS, id)


_TAKE_TURN = """
SELECT pg_advisory_xact_lock(hashtextextended('users.claims:' || CAST($1::VARCHAR AS text), 0))
"""


def take_turn(db: Connection, *, uid: str) -> str | None:
    """Wait until nobody else is telling the identity provider about this sign-in."""
    result: str | None = db.value(_TAKE_TURN, uid)
    return result


_CLAIMS_OF = """
SELECT uid, roles, role_version FROM users.account WHERE id = $1::UUID
"""


class ClaimsOfRow(NamedTuple):
    """What `claims_of` returns."""

    uid: str
    roles: list[str]
    role_version: int


def claims_of(db: Connection, *, id: UUID) -> ClaimsOfRow | None:
    """What a token may say of an account."""
    return db.maybe(ClaimsOfRow, _CLAIMS_OF, id)


_TAKE_DEVICE = """
SELECT users.take_device($1::UUID, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR)
"""


def take_device(db: Connection, *, install_id: UUID, push_token: str, platform: str, app_version: str) -> str | None:
    """Give an install and a push token to the caller, whoever had them."""
    result: str | None = db.value(_TAKE_DEVICE, install_id, push_token, platform, app_version)
    return result


_DEVICE = """
SELECT jsonb_build_object('install_id', install_id, 'platform', platform,
    'app_version', app_version, 'seen_at', seen_at)::text AS json
FROM users.device WHERE install_id = $1::UUID AND user_id = $2::UUID
"""


def device(db: Connection, *, install_id: UUID, user_id: UUID) -> str | None:
    """An install of the caller."""
    result: str | None = db.value(_DEVICE, install_id, user_id)
    return result


_DELETE_DEVICE = """
DELETE FROM users.device WHERE install_id = $1::UUID AND user_id = $2::UUID
"""


def delete_device(db: Connection, *, install_id: UUID, user_id: UUID) -> int:
    """Forget an install of the caller."""
    return db.done(_DELETE_DEVICE, install_id, user_id)


_PLACE = """
SELECT c.country, c.name, c.latitude, c.longitude, c.zone, k.zones
FROM platform.city AS c JOIN platform.country AS k ON k.code = c.country
WHERE c.id = $1::INTEGER
"""


class PlaceRow(NamedTuple):
    """What `place` returns."""

    country: str
    name: str
    latitude: float
    longitude: float
    zone: str
    zones: list[str]


def place(db: Connection, *, city_id: int) -> PlaceRow | None:
    """A city, and the time zones of its country."""
    return db.maybe(PlaceRow, _PLACE, city_id)


_CATEGORIES_AMONG = """
SELECT id, ARRAY(SELECT n.value FROM jsonb_each_text(names) AS n) AS names
FROM listings.category WHERE id = ANY ($1::TEXT[])
"""


class CategoriesAmongRow(NamedTuple):
    """What `categories_among` returns."""

    id: str
    names: list[str]


def categories_among(db: Connection, *, ids: list[str]) -> list[CategoriesAmongRow]:
    """Those of `ids` that are categories, with their names in every language."""
    return db.rows(CategoriesAmongRow, _CATEGORIES_AMONG, ids)


_LANGUAGE_OF = """
SELECT language FROM users.account WHERE id = $1::UUID
"""


def language_of(db: Connection, *, id: UUID) -> str | None:
    """The language of the caller."""
    result: str | None = db.value(_LANGUAGE_OF, id)
    return result


_ENTER_BUSINESS = """
SELECT set_config('app.businesses', concat_ws(',',
    nullif(current_setting('app.businesses', true), ''), CAST($1::VARCHAR AS text)), true)
"""


def enter_business(db: Connection, *, id: str) -> str | None:
    """Let row-level security see the business that this transaction makes."""
    result: str | None = db.value(_ENTER_BUSINESS, id)
    return result


_INSERT_BUSINESS = """
INSERT INTO users.business (id, slug, name, description, categories, country, city_id,
        latitude, longitude, zone, language, corridors, phone)
    SELECT $1::UUID, $2::VARCHAR, d.name, d.description, d.categories, d.country, d.city_id,
        d.latitude, d.longitude, d.zone, d.language, d.corridors, d.phone
    FROM jsonb_to_record(CAST($3::VARCHAR AS jsonb)) AS d(name text, description text, categories text[], country text, city_id integer,
latitude double precision, longitude double precision, zone text, language text,
corridors text[], phone text)
    ON CONFLICT (slug) DO NOTHING
"""


def insert_business(db: Connection, *, id: UUID, slug: str, document: str) -> int:
    """Insert a business; 0 when its slug is taken."""
    return db.done(_INSERT_BUSINESS, id, slug, document)


_INSERT_MEMBER = """
INSERT INTO users.membership (business_id, user_id, role)
VALUES ($1::UUID, $2::UUID, $3::VARCHAR) ON CONFLICT DO NOTHING
"""


def insert_member(db: Connection, *, business_id: UUID, user_id: UUID, role: str) -> int:
    """Bring somebody into a business; 0 when he is in it."""
    return db.done(_INSERT_MEMBER, business_id, user_id, role)


_PUT_PUBLIC_BUSINESS = """
INSERT INTO users.public_business (id, slug, name, verification, country, city_id,
        categories, search, card, detail, created_at)
    SELECT b.id, b.slug, b.name, b.verification, b.country, b.city_id,
        ARRAY(SELECT unnest(b.categories) UNION
            SELECT k.parent FROM listings.category AS k
            WHERE k.id = ANY (b.categories) AND k.parent IS NOT NULL),
        array_to_tsvector($1::TEXT[]), jsonb_build_object('id', b.id, 'slug', b.slug, 'name', b.name, 'categories', b.categories,
'country', b.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
'verification', b.verification)::text,
        jsonb_build_object('id', b.id, 'slug', b.slug, 'name', b.name, 'categories', b.categories,
'country', b.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
'verification', b.verification, 'description', b.description,
'location', jsonb_build_object('latitude', round(b.latitude::numeric, 2),
    'longitude', round(b.longitude::numeric, 2)),
'zone', b.zone, 'language', b.language, 'corridors', b.corridors, 'version', b.version,
'created_at', b.created_at)::text, b.created_at
    FROM users.business AS b JOIN platform.city AS c ON c.id = b.city_id
    WHERE b.id = $2::UUID
    ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, name = excluded.name,
        verification = excluded.verification, country = excluded.country,
        city_id = excluded.city_id, categories = excluded.categories,
        search = excluded.search, card = excluded.card, detail = excluded.detail
"""


def put_public_business(db: Connection, *, words: list[str], id: UUID) -> int:
    """Write what anyone may see of a business."""
    return db.done(_PUT_PUBLIC_BUSINESS, words, id)


_OWN_BUSINESS = """
SELECT jsonb_build_object('id', b.id, 'slug', b.slug, 'name', b.name, 'categories', b.categories,
'country', b.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
'verification', b.verification, 'description', b.description,
'location', jsonb_build_object('latitude', round(b.latitude::numeric, 2),
    'longitude', round(b.longitude::numeric, 2)),
'zone', b.zone, 'language', b.language, 'corridors', b.corridors, 'version', b.version,
'created_at', b.created_at,
'point', jsonb_build_object('latitude', b.latitude, 'longitude', b.longitude),
'phone', b.phone, 'state', b.state)::text AS json FROM users.business AS b JOIN platform.city AS c ON c.id = b.city_id
    WHERE b.id = $1::UUID
"""


def own_business(db: Connection, *, id: UUID) -> str | None:
    """A business, as its members see it."""
    result: str | None = db.value(_OWN_BUSINESS, id)
    return result


_IS_PUBLIC_BUSINESS = """
SELECT EXISTS (SELECT FROM users.public_business WHERE id = $1::UUID) AS known
"""


def is_public_business(db: Connection, *, id: UUID) -> bool | None:
    """Whether anyone may know of a business."""
    result: bool | None = db.value(_IS_PUBLIC_BUSINESS, id)
    return result


_PUBLIC_BUSINESS = """
SELECT detail FROM users.public_business WHERE id = $1::UUID
"""


def public_business(db: Connection, *, id: UUID) -> str | None:
    """A business, as anyone may see it."""
    result: str | None = db.value(_PUBLIC_BUSINESS, id)
    return result


_PAGE_OF_BUSINESSES = """
WITH page AS (
    SELECT id, created_at, card FROM users.public_business
    WHERE (CAST($1::VARCHAR AS text) IS NULL OR country = $1::VARCHAR)
        AND (CAST($2::INTEGER AS integer) IS NULL OR city_id = $2::INTEGER)
        AND (CAST($3::VARCHAR AS text) IS NULL
            OR categories @> ARRAY[CAST($3::VARCHAR AS text)])
        AND (NOT CAST($4::BOOLEAN AS boolean) OR verification IN ('verified', 'trusted'))
        AND (CAST($5::VARCHAR AS text) IS NULL OR search @@ CAST($5::VARCHAR AS tsquery))
        AND (created_at, id)
            < (CAST(CAST($6::VARCHAR AS text) AS timestamptz), CAST($7::VARCHAR AS uuid))
    ORDER BY created_at DESC, id DESC
    LIMIT $8::INTEGER + 1),
numbered AS (
    SELECT *, row_number() OVER (ORDER BY created_at DESC, id DESC) AS place FROM page)
SELECT coalesce(string_agg(card, ',' ORDER BY place) FILTER (WHERE place <= $8::INTEGER), '')
        AS items,
    max(created_at::text) FILTER (WHERE place = $8::INTEGER) AS last_key,
    max(id::text) FILTER (WHERE place = $8::INTEGER) AS last_id,
    count(*) > $8::INTEGER AS more
FROM numbered
"""


class PageOfBusinessesRow(NamedTuple):
    """What `page_of_businesses` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_of_businesses(db: Connection, *, country: str | None, city_id: int | None, category: str | None, verified: bool, words: str | None, after_key: str, after_id: str, limit: int) -> PageOfBusinessesRow:
    """A page of the directory, the newest first."""
    return db.one(PageOfBusinessesRow, _PAGE_OF_BUSINESSES, country, city_id, category, verified, words, after_key, after_id, limit)


_HOLDER_OF_SLUG = """
SELECT id FROM users.public_business WHERE slug = $1::VARCHAR
"""


def holder_of_slug(db: Connection, *, slug: str) -> UUID | None:
    """The business that has a slug."""
    result: UUID | None = db.value(_HOLDER_OF_SLUG, slug)
    return result


_LOCK_BUSINESS = """
SELECT id FROM users.business WHERE id = $1::UUID FOR NO KEY UPDATE
"""


def lock_business(db: Connection, *, id: UUID) -> UUID | None:
    """A business of the caller, locked: its fields and its members change one edit at a time."""
    result: UUID | None = db.value(_LOCK_BUSINESS, id)
    return result


_BUSINESS = """
SELECT b.phone, b.version, b.slug, b.name, b.description, b.categories,
        b.country, b.city_id, b.latitude, b.longitude, b.zone, b.language, b.corridors,
        jsonb_build_object('id', b.id, 'slug', b.slug, 'name', b.name, 'categories', b.categories,
'country', b.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
'verification', b.verification, 'description', b.description,
'location', jsonb_build_object('latitude', round(b.latitude::numeric, 2),
    'longitude', round(b.longitude::numeric, 2)),
'zone', b.zone, 'language', b.language, 'corridors', b.corridors, 'version', b.version,
'created_at', b.created_at,
'point', jsonb_build_object('latitude', b.latitude, 'longitude', b.longitude),
'phone', b.phone, 'state', b.state)::text AS json
    FROM users.business AS b JOIN platform.city AS c ON c.id = b.city_id WHERE b.id = $1::UUID
"""


class BusinessRow(NamedTuple):
    """What `business` returns."""

    phone: str | None
    version: int
    slug: str
    name: str
    description: str
    categories: list[str]
    country: str
    city_id: int
    latitude: float
    longitude: float
    zone: str
    language: str
    corridors: list[str]
    json: str


def business(db: Connection, *, id: UUID) -> BusinessRow:
    """A business that is locked, as it is now."""
    return db.one(BusinessRow, _BUSINESS, id)


_UPDATE_BUSINESS = """
UPDATE users.business AS b
    SET slug = $1::VARCHAR, name = d.name, description = d.description, categories = d.categories,
        country = d.country, city_id = d.city_id, latitude = d.latitude,
        longitude = d.longitude, zone = d.zone, language = d.language,
        corridors = d.corridors, phone = d.phone,
        version = b.version + 1, updated_at = clock_timestamp()
    FROM jsonb_to_record(CAST($2::VARCHAR AS jsonb)) AS d(name text, description text, categories text[], country text, city_id integer,
latitude double precision, longitude double precision, zone text, language text,
corridors text[], phone text)
    WHERE b.id = $3::UUID
    RETURNING b.version
"""


def update_business(db: Connection, *, slug: str, document: str, id: UUID) -> int | None:
    """Store a business anew; its version grows."""
    result: int | None = db.value(_UPDATE_BUSINESS, slug, document, id)
    return result


_INSERT_VERIFICATION_REQUEST = """
INSERT INTO users.verification_request (id, business_id, requested_by, level, documents)
VALUES ($1::UUID, $2::UUID, $3::UUID, $4::VARCHAR, CAST($5::VARCHAR AS jsonb))
ON CONFLICT (business_id) WHERE state = 'pending' DO NOTHING
RETURNING jsonb_build_object('id', id, 'business_id', business_id, 'level', level,
    'state', state, 'documents', jsonb_path_query_array(documents, '$[*].kind'),
    'created_at', created_at)::text AS json
"""


def insert_verification_request(db: Connection, *, id: UUID, business_id: UUID, requested_by: UUID, level: str, documents: str) -> str | None:
    """Ask for verification; None while an earlier request waits."""
    result: str | None = db.value(_INSERT_VERIFICATION_REQUEST, id, business_id, requested_by, level, documents)
    return result


_VERIFICATION_OF = """
SELECT verification FROM users.business WHERE id = $1::UUID
"""


def verification_of(db: Connection, *, id: UUID) -> str | None:
    """How far a business of the caller is verified."""
    result: str | None = db.value(_VERIFICATION_OF, id)
    return result


_STAFF = """
SELECT (SELECT role FROM users.membership
        WHERE business_id = $1::UUID AND user_id = $2::UUID) AS caller,
    (SELECT role FROM users.membership
        WHERE business_id = $1::UUID AND user_id = $3::UUID) AS member,
    (SELECT count(*) FROM users.membership
        WHERE business_id = $1::UUID AND role = 'owner') AS owners
"""


class StaffRow(NamedTuple):
    """What `staff` returns."""

    caller: str | None
    member: str | None
    owners: int


def staff(db: Connection, *, business_id: UUID, caller_id: UUID, member_id: UUID) -> StaffRow:
    """What the caller and a member are in a business that is locked, and how many own it."""
    return db.one(StaffRow, _STAFF, business_id, caller_id, member_id)


_MEMBER = """
SELECT jsonb_build_object('user_id', m.user_id, 'name', p.card::jsonb ->> 'name',
'role', m.role, 'since', m.created_at)::text AS json
    FROM users.membership AS m JOIN users.public_profile AS p ON p.user_id = m.user_id
    WHERE m.business_id = $1::UUID AND m.user_id = $2::UUID
"""


def member(db: Connection, *, business_id: UUID, user_id: UUID) -> str | None:
    """A member of a business."""
    result: str | None = db.value(_MEMBER, business_id, user_id)
    return result


_PAGE_OF_MEMBERS = """
WITH page AS (
        SELECT m.user_id, jsonb_build_object('user_id', m.user_id, 'name', p.card::jsonb ->> 'name',
'role', m.role, 'since', m.created_at)::text AS card, row_number() OVER (ORDER BY m.user_id) AS place
        FROM users.membership AS m JOIN users.public_profile AS p ON p.user_id = m.user_id
        WHERE m.business_id = $1::UUID AND m.user_id > CAST(CAST($2::VARCHAR AS text) AS uuid)
        ORDER BY m.user_id
        LIMIT $3::INTEGER + 1)
    SELECT coalesce(string_agg(card, ',' ORDER BY place) FILTER (WHERE place <= $3::INTEGER), '')
            AS items,
        '' AS last_key,
        max(user_id::text) FILTER (WHERE place = $3::INTEGER) AS last_id,
        count(*) > $3::INTEGER AS more
    FROM page
"""


class PageOfMembersRow(NamedTuple):
    """What `page_of_members` returns."""

    items: str
    last_key: str | None
    last_id: str | None
    more: bool


def page_of_members(db: Connection, *, business_id: UUID, after_id: str, limit: int) -> PageOfMembersRow:
    """A page of the members of a business, the oldest account first."""
    return db.one(PageOfMembersRow, _PAGE_OF_MEMBERS, business_id, after_id, limit)


_SET_MEMBER_ROLE = """
UPDATE users.membership SET role = $1::VARCHAR
WHERE business_id = $2::UUID AND user_id = $3::UUID
"""


def set_member_role(db: Connection, *, role: str, business_id: UUID, user_id: UUID) -> int:
    """Make a member something else."""
    return db.done(_SET_MEMBER_ROLE, role, business_id, user_id)


_DELETE_MEMBER = """
DELETE FROM users.membership WHERE business_id = $1::UUID AND user_id = $2::UUID
"""


def delete_member(db: Connection, *, business_id: UUID, user_id: UUID) -> int:
    """Take somebody out of a business."""
    return db.done(_DELETE_MEMBER, business_id, user_id)


_GRANT_BUSINESS_ROLE = """
SELECT uid, roles, role_version FROM users.grant_business_role($1::UUID)
"""


class GrantBusinessRoleRow(NamedTuple):
    """What `grant_business_role` returns."""

    uid: str
    roles: list[str]
    role_version: int


def grant_business_role(db: Connection, *, user_id: UUID) -> GrantBusinessRoleRow | None:
    """Let a new member act as a business; None when he could."""
    return db.maybe(GrantBusinessRoleRow, _GRANT_BUSINESS_ROLE, user_id)
