"""POST /api/v1/businesses/{business_id}/transfer"""

from uuid import UUID

from functions.users import _rules as rules
from functions.users._queries import members
from schemas.businesses import Member, NewOwner
from shared import audit
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.businesses import may_hand_over
from shared.roles import BUSINESS
from shared.triggers import per_hour, post


@post(
    "/api/v1/businesses/{business_id}/transfer",
    roles={BUSINESS},
    limit=per_hour(20),
    sensitive=True,
)
def transfer_business(
    business_id: UUID, body: NewOwner, actor: Actor, db: Connection
) -> Json[Member]:
    """Hand a business over to another member; the caller stays as a manager."""
    move, _ = rules.lock_move(db, actor, business_id, body.user_id, "owner")
    authorize(may_hand_over, actor, move)
    rules.require_heir(actor, move)
    members.set_member_role(db, business_id=business_id, user_id=body.user_id, role="owner")
    members.set_member_role(db, business_id=business_id, user_id=actor.user_id, role="manager")
    audit.note(
        db,
        "business",
        business_id,
        before={"owner": actor.user_id},
        after={"owner": body.user_id},
        on_behalf_of=business_id,
    )
    return Json(members.member(db, business_id=business_id, user_id=body.user_id))
