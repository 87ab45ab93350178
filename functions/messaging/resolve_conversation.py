"""POST /api/v1/conversations/{conversation_id}/resolve"""

from datetime import datetime
from uuid import UUID

from functions.messaging._rules import reading, sending, supporting
from schemas.messaging import Conversation
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.conversations import may_resolve
from shared.roles import ANY
from shared.triggers import per_minute, post


@post("/api/v1/conversations/{conversation_id}/resolve", roles=ANY, limit=per_minute(60))
def resolve_conversation(
    conversation_id: UUID, actor: Actor, db: Connection, now: datetime
) -> Json[Conversation]:
    """Say that a support conversation is over; what the customer writes later opens it again."""
    case = supporting.lock(db, sending.lock(db, actor, conversation_id))
    authorize(may_resolve, actor, case)
    supporting.resolve(db, case, now)
    return Json(reading.shown(db, actor, conversation_id))
