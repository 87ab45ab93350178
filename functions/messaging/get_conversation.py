"""GET /api/v1/conversations/{conversation_id}"""

from uuid import UUID

from functions.messaging._rules import reading
from schemas.messaging import Conversation
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import get


@get("/api/v1/conversations/{conversation_id}", roles=ANY)
def get_conversation(conversation_id: UUID, actor: Actor, db: Connection) -> Json[Conversation]:
    """Read a conversation of one's own, with how far each side has got."""
    return Json(reading.shown(db, actor, conversation_id))
