"""PUT /api/v1/admin/users/{user_id}/role"""

from uuid import UUID

from functions.users import _rules as rules
from functions.users._queries import sign_ins
from schemas.events.users import RolesChanged
from schemas.users import AccountRoles, NewRoles
from shared import audit, outbox
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.accounts import RoleChange, may_change_roles
from shared.roles import ADMIN, Role
from shared.triggers import per_hour, put


@put("/api/v1/admin/users/{user_id}/role", roles={ADMIN}, limit=per_hour(60), sensitive=True)
def replace_admin_user_role(
    user_id: UUID, body: NewRoles, actor: Actor, db: Connection
) -> AccountRoles:
    """Give an account these roles and no others; its very next request is judged by them."""
    wanted: list[str] = sorted(set(body.roles))
    authorize(may_change_roles, actor, RoleChange(user_id, frozenset(map(Role, wanted))))
    found = rules.require_replaced(sign_ins.replace_roles(db, user_id=user_id, wanted=wanted))
    audit.note(
        db,
        "account",
        user_id,
        before={"roles": found.before},
        after={"roles": found.roles, "role_version": found.role_version},
        reason=body.reason,
    )
    if found.outcome == "replaced":
        outbox.publish(
            db,
            RolesChanged(
                user_id=user_id, uid=found.uid, roles=found.roles, role_version=found.role_version
            ),
        )
    return AccountRoles.model_validate(
        {"user_id": user_id, "roles": found.roles, "role_version": found.role_version}
    )
