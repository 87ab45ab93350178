"""Printed from _statements/exports.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_EXPORT_PART = """
SELECT jsonb_build_object(
        'users.account', jsonb_build_object('kept', 'until erasure', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT id, uid, given_name, family_name, phone, phone_raw, phone_verified, country, zone, language, data_saver, roles, role_version, state, revoked_after, erase_after, created_at, updated_at, version FROM users.account WHERE id = $1::UUID) AS r) AS given)),
        'users.consent', jsonb_build_object('kept', 'as long as the account', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT user_id, purpose, granted, policy_version, decided_at FROM users.consent WHERE user_id = $1::UUID) AS r) AS given)),
        'users.consent_history', jsonb_build_object('kept', 'as long as the account', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT user_id, purpose, granted, policy_version, decided_at, id FROM users.consent_history WHERE user_id = $1::UUID) AS r) AS given)),
        'users.export', jsonb_build_object('kept', '7 days, as are its objects in Cloud Storage', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT user_id, state, asked_at, ready_at, expires_at, id, parts FROM users.export WHERE user_id = $1::UUID) AS r) AS given)),
        'users.public_profile', jsonb_build_object('kept', 'as long as the account', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT user_id, card FROM users.public_profile WHERE user_id = $1::UUID) AS r) AS given)),
        'users.device', jsonb_build_object('kept', 'until signed out, or the account ends', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT user_id, install_id, push_token, platform, app_version, seen_at FROM users.device WHERE user_id = $1::UUID) AS r) AS given)),
        'users.membership', jsonb_build_object('kept', 'as long as somebody belongs to the business', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT user_id, business_id, role, created_at FROM users.membership WHERE user_id = $1::UUID) AS r) AS given)),
        'users.business', jsonb_build_object('kept', 'as long as the business', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT slug, name, phone, latitude, longitude, zone, city_id, country, description, categories, corridors, language, verification, plan, state, created_at, updated_at, id, version FROM users.business WHERE id = ANY ($2::UUID[])) AS r) AS given)),
        'users.public_business', jsonb_build_object('kept', 'as long as the business', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT slug, name, verification, country, city_id, categories, search, card, detail, created_at, id FROM users.public_business WHERE id = ANY ($2::UUID[])) AS r) AS given)),
        'users.verification_request', jsonb_build_object('kept', 'as long as the business', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT requested_by, documents, level, state, created_at, decided_at, id, business_id FROM users.verification_request WHERE requested_by = $1::UUID) AS r) AS given)))::text AS json
"""


def export_part(db: Connection, *, user_id: UUID, business_ids: list[UUID]) -> str | None:
    """All that this service holds of a person, and nothing of anybody else."""
    result: str | None = db.value(_EXPORT_PART, user_id, business_ids)
    return result


_INSERT_EXPORT = """
INSERT INTO users.export (id, user_id, asked_at, expires_at)
VALUES ($1::UUID, $2::UUID, $3::TIMESTAMP WITH TIME ZONE, $4::TIMESTAMP WITH TIME ZONE)
"""


def insert_export(db: Connection, *, id: UUID, user_id: UUID, asked_at: datetime, expires_at: datetime) -> int:
    """Note that a person asked for his data."""
    return db.done(_INSERT_EXPORT, id, user_id, asked_at, expires_at)


_OWNED_BY = """
SELECT coalesce(array_agg(business_id), '{}') AS ids FROM users.membership
WHERE user_id = $1::UUID AND role = 'owner'
"""


def owned_by(db: Connection, *, user_id: UUID) -> list[UUID] | None:
    """The businesses that a person owns."""
    result: list[UUID] | None = db.value(_OWNED_BY, user_id)
    return result


_EXPORT = """
SELECT state, asked_at, expires_at FROM users.export
WHERE id = $1::UUID AND user_id = $2::UUID AND expires_at > $3::TIMESTAMP WITH TIME ZONE
"""


class ExportRow(NamedTuple):
    """What `export` returns."""

    state: str
    asked_at: datetime
    expires_at: datetime


def export(db: Connection, *, id: UUID, user_id: UUID, now: datetime) -> ExportRow | None:
    """An export of the caller that is kept still."""
    return db.maybe(ExportRow, _EXPORT, id, user_id, now)


_NOTE_PART = """
UPDATE users.export
SET parts = ARRAY(SELECT unnest(parts || CAST($1::VARCHAR AS text)) AS part GROUP BY 1 ORDER BY 1)
WHERE id = $2::UUID AND state = 'preparing' RETURNING parts, expires_at
"""


class NotePartRow(NamedTuple):
    """What `note_part` returns."""

    parts: list[str]
    expires_at: datetime


def note_part(db: Connection, *, part: str, id: UUID) -> NotePartRow | None:
    """Note that a part is written; None when the export is made or gone."""
    return db.maybe(NotePartRow, _NOTE_PART, part, id)


_FINISH_EXPORT = """
UPDATE users.export SET state = 'ready', ready_at = $1::TIMESTAMP WITH TIME ZONE WHERE id = $2::UUID
"""


def finish_export(db: Connection, *, now: datetime, id: UUID) -> int:
    """Say that an export may be fetched."""
    return db.done(_FINISH_EXPORT, now, id)


_LOCK_EXPIRED = """
SELECT id, user_id FROM users.export WHERE expires_at <= $1::TIMESTAMP WITH TIME ZONE
ORDER BY expires_at, id LIMIT $2::INTEGER FOR UPDATE SKIP LOCKED
"""


class LockExpiredRow(NamedTuple):
    """What `lock_expired` returns."""

    id: UUID
    user_id: UUID


def lock_expired(db: Connection, *, now: datetime, limit: int) -> list[LockExpiredRow]:
    """Exports whose time is over, locked."""
    return db.rows(LockExpiredRow, _LOCK_EXPIRED, now, limit)


_DELETE_EXPORTS = """
DELETE FROM users.export WHERE id = ANY ($1::UUID[])
"""


def delete_exports(db: Connection, *, ids: list[UUID]) -> int:
    """Drop exports."""
    return db.done(_DELETE_EXPORTS, ids)
