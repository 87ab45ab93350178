"""POST /api/v1/conversations/{conversation_id}/assign"""

from datetime import datetime
from uuid import UUID

from functions.messaging._rules import reading, sending, supporting
from schemas.messaging import Conversation
from schemas.teams import Assignment
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.conversations import Handover, may_assign
from shared.roles import ANY
from shared.triggers import per_minute, post


@post("/api/v1/conversations/{conversation_id}/assign", roles=ANY, limit=per_minute(60))
def assign_conversation(
    conversation_id: UUID, body: Assignment, actor: Actor, db: Connection, now: datetime
) -> Json[Conversation]:
    """Take a support conversation, hand it to a colleague who is there, or give it back.

    By hand it may be more than somebody has room for. What is given back waits since when it
    waited, and goes to another.
    """
    case = supporting.lock(db, sending.lock(db, actor, conversation_id))
    authorize(may_assign, actor, Handover(case, body.agent_id))
    supporting.assign(db, case, body.agent_id, now)
    return Json(reading.shown(db, actor, conversation_id))
