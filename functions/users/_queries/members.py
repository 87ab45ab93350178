"""Printed from _statements/members.py by `python -m functions write`. Do not edit."""

from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_INSERT_MEMBER = """
INSERT INTO users.membership (business_id, user_id, role)
VALUES ($1::UUID, $2::UUID, $3::VARCHAR) ON CONFLICT DO NOTHING
"""


def insert_member(db: Connection, *, business_id: UUID, user_id: UUID, role: str) -> int:
    """Bring somebody into a business; 0 when he is in it."""
    return db.done(_INSERT_MEMBER, business_id, user_id, role)


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
