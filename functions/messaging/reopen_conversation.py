"""POST /api/v1/conversations/{conversation_id}/reopen"""

from datetime import datetime
from uuid import UUID

from functions.messaging._rules import reading, sending, supporting
from schemas.messaging import Conversation
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.conversations import may_reopen
from shared.roles import ANY
from shared.triggers import per_minute, post


@post("/api/v1/conversations/{conversation_id}/reopen", roles=ANY, limit=per_minute(60))
def reopen_conversation(
    conversation_id: UUID, actor: Actor, db: Connection, now: datetime
) -> Json[Conversation]:
    """Have a resolved support conversation wait again.

    Who had it gets it if he is online and has room; else it goes by the queue.
    """
    case = supporting.lock(db, sending.lock(db, actor, conversation_id))
    authorize(may_reopen, actor, case)
    supporting.reopen(db, case, now)
    return Json(reading.shown(db, actor, conversation_id))
