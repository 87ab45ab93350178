"""POST /api/v1/businesses/{business_id}/members"""

from uuid import UUID

from functions.users import _rules as rules
from functions.users._queries import members
from schemas.businesses import Member, NewMember
from schemas.events.users import MembersChanged, RolesChanged
from shared import outbox
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.errors import ConflictError
from shared.policies.businesses import may_move
from shared.roles import BUSINESS
from shared.triggers import per_hour, post


@post("/api/v1/businesses/{business_id}/members", roles={BUSINESS}, status=201, limit=per_hour(60))
def create_business_member(
    business_id: UUID, body: NewMember, actor: Actor, db: Connection
) -> Json[Member]:
    """Bring somebody into a business; from then on he may act as one."""
    move, _ = rules.lock_move(db, actor, business_id, body.user_id, body.role)
    authorize(may_move, actor, move)
    rules.require_person(db, body.user_id)
    if not members.insert_member(db, business_id=business_id, user_id=body.user_id, role=body.role):
        raise ConflictError("This person is a member already.", code="ALREADY_MEMBER")
    granted = members.grant_business_role(db, user_id=body.user_id)
    if granted is not None:
        outbox.publish(
            db,
            RolesChanged(
                user_id=body.user_id,
                uid=granted.uid,
                roles=granted.roles,
                role_version=granted.role_version,
            ),
        )
    outbox.publish(db, MembersChanged(business_id=business_id))
    return Json(members.member(db, business_id=business_id, user_id=body.user_id))
