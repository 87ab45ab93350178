"""Printed from _statements/accounts.py by `python -m functions write`. Do not edit."""

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


_LOCK_PROFILE = """
SELECT users.lock_person($1::UUID) AS user_id
"""


def lock_profile(db: Connection, *, id: UUID) -> UUID | None:
    """A person who is there, and stays until this transaction ends."""
    result: UUID | None = db.value(_LOCK_PROFILE, id)
    return result


_PROFILE = """
SELECT card FROM users.public_profile WHERE user_id = $1::UUID
"""


def profile(db: Connection, *, id: UUID) -> str | None:
    """A person, as other people see him."""
    result: str | None = db.value(_PROFILE, id)
    return result
