"""Printed from _statements/sign_ins.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


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
SELECT uid, roles, role_version FROM users.account WHERE id = $1::UUID AND state <> 'erased'
"""


class ClaimsOfRow(NamedTuple):
    """What `claims_of` returns."""

    uid: str
    roles: list[str]
    role_version: int


def claims_of(db: Connection, *, id: UUID) -> ClaimsOfRow | None:
    """What a token may say of an account."""
    return db.maybe(ClaimsOfRow, _CLAIMS_OF, id)


_REPLACE_ROLES = """
SELECT outcome, uid, before, roles, role_version
FROM users.replace_roles($1::UUID, $2::TEXT[])
"""


class ReplaceRolesRow(NamedTuple):
    """What `replace_roles` returns."""

    outcome: str
    uid: str
    before: list[str]
    roles: list[str]
    role_version: int


def replace_roles(db: Connection, *, user_id: UUID, wanted: list[str]) -> ReplaceRolesRow | None:
    """Give an account other roles, unless nobody would be left to give any; None without account."""
    return db.maybe(ReplaceRolesRow, _REPLACE_ROLES, user_id, wanted)


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


_DELETE_LOST_DEVICE = """
DELETE FROM users.device WHERE install_id = $1::UUID
    AND encode(sha256(convert_to(push_token, 'UTF8')), 'hex') = $2::VARCHAR
"""


def delete_lost_device(db: Connection, *, install_id: UUID, fingerprint: str) -> int:
    """Forget an install whose push token is still the one of a fingerprint."""
    return db.done(_DELETE_LOST_DEVICE, install_id, fingerprint)


_DELETE_DEVICES = """
DELETE FROM users.device WHERE user_id = $1::UUID
"""


def delete_devices(db: Connection, *, user_id: UUID) -> int:
    """Forget every install of the caller: nothing is pushed to it any more."""
    return db.done(_DELETE_DEVICES, user_id)
