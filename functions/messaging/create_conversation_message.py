"""POST /api/v1/conversations/{conversation_id}/messages"""

from datetime import datetime
from uuid import UUID

from functions.messaging._rules import sending
from schemas.messaging import NewMessage, SentMessage
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import per_minute, post


@post(
    "/api/v1/conversations/{conversation_id}/messages",
    roles=ANY,
    status=201,
    limit=per_minute(60, premium=300),
    offline=True,
)
def create_conversation_message(
    conversation_id: UUID, body: NewMessage, actor: Actor, db: Connection, now: datetime
) -> SentMessage:
    """Say something.

    It is the next of its conversation, whatever the device's clock says. Sent again under its `id`
    it is the same message; another text under that `id` is refused.
    """
    sending.require_own_id(body.id)
    sending.require_content(body)
    conversation = sending.lock(db, actor, conversation_id)
    return sending.send(db, actor, conversation, body, now)
