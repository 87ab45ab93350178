"""Printed from _statements.py by `python -m functions write`. Do not edit."""

from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_INSERT_ACCOUNT = """
INSERT INTO users.account (id, uid, roles, given_name, family_name, country, language, zone,
        phone, phone_raw, phone_verified)
    VALUES ($1::UUID, $2::VARCHAR, $3::TEXT[], $4::VARCHAR, $5::VARCHAR, $6::VARCHAR, $7::VARCHAR, $8::VARCHAR,
        $9::VARCHAR, $10::VARCHAR, $11::BOOLEAN)
    ON CONFLICT (uid) DO NOTHING
    RETURNING jsonb_build_object(
'id', id, 'roles', roles, 'given_name', given_name, 'family_name', family_name,
'country', country, 'language', language, 'zone', zone, 'phone', phone,
'phone_verified', phone_verified, 'data_saver', data_saver, 'version', version,
'created_at', created_at)::text AS json
"""


class InsertAccountRow(NamedTuple):
    """What `insert_account` returns."""

    json: str


def insert_account(db: Connection, *, id: UUID, uid: str, roles: list[str], given_name: str, family_name: str, country: str, language: str, zone: str, phone: str, phone_raw: str, phone_verified: bool) -> InsertAccountRow | None:
    """Insert an account unless this sign-in has one."""
    return db.maybe(InsertAccountRow, _INSERT_ACCOUNT, id, uid, roles, given_name, family_name, country, language, zone, phone, phone_raw, phone_verified)


_ENTER_ACCOUNT = """
SELECT set_config('app.user_id', $1::VARCHAR, true)
"""


def enter_account(db: Connection, *, id: str) -> str | None:
    """Let row-level security see the account that this transaction makes."""
    result: str | None = db.value(_ENTER_ACCOUNT, id)
    return result


_USER = """
SELECT jsonb_build_object(
    'id', id, 'roles', roles, 'given_name', given_name, 'family_name', family_name,
    'country', country, 'language', language, 'zone', zone, 'phone', phone,
    'phone_verified', phone_verified, 'data_saver', data_saver, 'version', version,
    'created_at', created_at)::text AS json FROM users.account WHERE id = $1::UUID
"""


def user(db: Connection, *, id: UUID) -> str | None:
    """An account, as its owner sees it."""
    result: str | None = db.value(_USER, id)
    return result


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
SELECT id, jsonb_build_object('id', id, 'name', given_name || ' ' || left(family_name, 1) || '.',
    'country', country, 'since', created_at)::text
FROM users.account WHERE id = $1::UUID
ON CONFLICT (user_id) DO UPDATE SET card = excluded.card
"""


def put_profile(db: Connection, *, id: UUID) -> int:
    """Write what others may see of an account."""
    return db.done(_PUT_PROFILE, id)
