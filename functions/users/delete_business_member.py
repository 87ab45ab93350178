"""DELETE /api/v1/businesses/{business_id}/members/{user_id}"""

from uuid import UUID

from functions.users import _rules as rules
from functions.users._queries import members
from schemas.events.users import MembersChanged
from shared import outbox
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.businesses import may_move
from shared.roles import BUSINESS
from shared.triggers import delete


@delete("/api/v1/businesses/{business_id}/members/{user_id}", roles={BUSINESS})
def delete_business_member(business_id: UUID, user_id: UUID, actor: Actor, db: Connection) -> None:
    """Take somebody out of a business, or leave it; its last owner cannot."""
    move, owners = rules.lock_move(db, actor, business_id, user_id, None)
    authorize(may_move, actor, move)
    rules.require_member(move)
    rules.require_another_owner(move, owners)
    members.delete_member(db, business_id=business_id, user_id=user_id)
    outbox.publish(db, MembersChanged(business_id=business_id))
