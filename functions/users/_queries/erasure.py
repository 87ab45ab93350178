"""Printed from _statements/erasure.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_HAS_FOLLOWERS = """
SELECT EXISTS (
    SELECT FROM users.membership AS mine JOIN users.membership AS other
        ON other.business_id = mine.business_id AND other.user_id <> mine.user_id
    WHERE mine.user_id = $1::UUID AND mine.role = 'owner' AND NOT EXISTS (
        SELECT FROM users.membership AS owner
        WHERE owner.business_id = mine.business_id AND owner.user_id <> mine.user_id
            AND owner.role = 'owner')) AS found
"""


def has_followers(db: Connection, *, user_id: UUID) -> bool | None:
    """Whether others belong to a business that a person alone owns."""
    result: bool | None = db.value(_HAS_FOLLOWERS, user_id)
    return result


_ASK_ERASURE = """
SELECT revoked_after, erase_after FROM users.ask_erasure(make_interval(days => $1::INTEGER))
"""


class AskErasureRow(NamedTuple):
    """What `ask_erasure` returns."""

    revoked_after: datetime
    erase_after: datetime


def ask_erasure(db: Connection, *, days: int) -> AskErasureRow | None:
    """Lock the caller's account until it is erased, and sign him out; None when it is locked."""
    return db.maybe(AskErasureRow, _ASK_ERASURE, days)


_CANCEL_ERASURE = """
SELECT users.cancel_erasure() AS id
"""


def cancel_erasure(db: Connection) -> UUID | None:
    """Give the caller his account back; None when it does not wait to be erased."""
    result: UUID | None = db.value(_CANCEL_ERASURE)
    return result


_LOCK_DUE = """
SELECT id FROM users.account WHERE state = 'erasing' AND erase_after <= $1::TIMESTAMP WITH TIME ZONE
ORDER BY erase_after, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""


def lock_due(db: Connection, *, now: datetime) -> UUID | None:
    """The account that has waited longest to be erased, locked."""
    result: UUID | None = db.value(_LOCK_DUE, now)
    return result


_LOCK_BUSINESSES = """
SELECT count(*) AS locked FROM (
    SELECT b.id FROM users.business AS b JOIN users.membership AS m ON m.business_id = b.id
    WHERE m.user_id = $1::UUID AND m.role = 'owner'
    ORDER BY b.id FOR NO KEY UPDATE OF b) AS held
"""


def lock_businesses(db: Connection, *, user_id: UUID) -> int | None:
    """Lock the businesses that a person owns: who belongs to them changes one edit at a time."""
    result: int | None = db.value(_LOCK_BUSINESSES, user_id)
    return result


_BUSINESSES_OF = """
SELECT business_id AS id FROM users.membership WHERE user_id = $1::UUID ORDER BY business_id
"""


class BusinessesOfRow(NamedTuple):
    """What `businesses_of` returns."""

    id: UUID


def businesses_of(db: Connection, *, user_id: UUID) -> list[BusinessesOfRow]:
    """The businesses that a person belongs to."""
    return db.rows(BusinessesOfRow, _BUSINESSES_OF, user_id)


_ERASE_BUSINESSES = """
WITH alone AS (
    SELECT mine.business_id FROM users.membership AS mine
    WHERE mine.user_id = $1::UUID AND mine.role = 'owner' AND NOT EXISTS (
        SELECT FROM users.membership AS owner
        WHERE owner.business_id = mine.business_id AND owner.user_id <> mine.user_id
            AND owner.role = 'owner')
), emptied AS (
    UPDATE users.business AS b SET slug = 'closed-' || id, name = '', phone = NULL, latitude = 0, longitude = 0, description = '', categories = '{}', corridors = '{}', state = 'closed',
        version = b.version + 1, updated_at = clock_timestamp()
    FROM alone WHERE b.id = alone.business_id RETURNING b.id
), hidden AS (
    DELETE FROM users.public_business AS p USING emptied WHERE p.id = emptied.id
), papers AS (
    UPDATE users.verification_request AS v SET documents = '[]',
    state = CASE WHEN v.state = 'pending' THEN 'withdrawn' ELSE v.state END
    FROM emptied WHERE v.business_id = emptied.id AND v.requested_by <> $1::UUID
), released AS (
    DELETE FROM users.membership AS m USING emptied
    WHERE m.business_id = emptied.id AND m.user_id <> $1::UUID
)
SELECT id FROM emptied ORDER BY id
"""


class EraseBusinessesRow(NamedTuple):
    """What `erase_businesses` returns."""

    id: UUID


def erase_businesses(db: Connection, *, user_id: UUID) -> list[EraseBusinessesRow]:
    """Empty the businesses that nobody else owns."""
    return db.rows(EraseBusinessesRow, _ERASE_BUSINESSES, user_id)


_ERASE_ACCOUNT = """
WITH no_public_profile AS (DELETE FROM users.public_profile WHERE user_id = $1::UUID), no_consent AS (DELETE FROM users.consent WHERE user_id = $1::UUID), no_consent_history AS (DELETE FROM users.consent_history WHERE user_id = $1::UUID), no_device AS (DELETE FROM users.device WHERE user_id = $1::UUID), no_membership AS (DELETE FROM users.membership WHERE user_id = $1::UUID), no_export AS (DELETE FROM users.export WHERE user_id = $1::UUID), papers AS (
            UPDATE users.verification_request AS v SET documents = '[]',
            state = CASE WHEN v.state = 'pending' THEN 'withdrawn' ELSE v.state END WHERE v.requested_by = $1::UUID)
        UPDATE users.account SET given_name = '', family_name = '', phone = '', phone_raw = '', phone_verified = false, country = 'ZZ', zone = 'Etc/UTC', language = 'en', data_saver = false, roles = ARRAY['consumer'], created_at = 'epoch', state = 'erased',
            erase_after = NULL, version = version + 1, updated_at = clock_timestamp()
        WHERE id = $1::UUID
"""


def erase_account(db: Connection, *, user_id: UUID) -> int:
    """Empty an account and delete what hangs on it."""
    return db.done(_ERASE_ACCOUNT, user_id)


_ERASED_UID = """
SELECT uid FROM users.account
WHERE id = $1::UUID AND state = 'erased' AND uid <> 'erased:' || id FOR NO KEY UPDATE
"""


def erased_uid(db: Connection, *, user_id: UUID) -> str | None:
    """The sign-in of an erased account; None once it is forgotten."""
    result: str | None = db.value(_ERASED_UID, user_id)
    return result


_FORGET_UID = """
UPDATE users.account SET uid = 'erased:' || id WHERE id = $1::UUID
"""


def forget_uid(db: Connection, *, user_id: UUID) -> int:
    """Forget the sign-in of an account."""
    return db.done(_FORGET_UID, user_id)


_FORGET_CALLER = """
SELECT platform.forget_caller($1::VARCHAR)
"""


def forget_caller(db: Connection, *, uid: str) -> str | None:
    """Forget what the calls of a sign-in were answered with."""
    result: str | None = db.value(_FORGET_CALLER, uid)
    return result


_FORGET_EVENTS = """
SELECT platform.forget_events($1::TEXT[])
"""


def forget_events(db: Connection, *, keys: list[str]) -> str | None:
    """Forget what was announced of an account."""
    result: str | None = db.value(_FORGET_EVENTS, keys)
    return result
