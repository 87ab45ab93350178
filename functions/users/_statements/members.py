"""Who is in a business, and as what."""

from shared.manifest.statements import BOOL, INT, TEXT, TEXTS, UUID_, done, maybe, one, sql, value
from shared.tables.types import may, must

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
