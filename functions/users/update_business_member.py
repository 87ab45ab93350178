"""PATCH /api/v1/businesses/{business_id}/members/{user_id}"""

from uuid import UUID

from functions.users import _rules as rules
from functions.users._queries import members
from schemas.businesses import Member, MemberChange
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.businesses import may_move
from shared.roles import BUSINESS
from shared.triggers import patch


@patch("/api/v1/businesses/{business_id}/members/{user_id}", roles={BUSINESS})
def update_business_member(
    business_id: UUID, user_id: UUID, body: MemberChange, actor: Actor, db: Connection
) -> Json[Member]:
    """Make a member an owner, a manager or an agent; the last owner stays one."""
    move, owners = rules.lock_move(db, actor, business_id, user_id, body.role)
    authorize(may_move, actor, move)
    rules.require_member(move)
    rules.require_another_owner(move, owners)
    members.set_member_role(db, business_id=business_id, user_id=user_id, role=body.role)
    return Json(members.member(db, business_id=business_id, user_id=user_id))
