"""POST /api/v1/connections/{connection_id}/messages"""

from datetime import datetime
from uuid import UUID

from functions.messaging._rules import opening, sending
from schemas.messaging import NewMessage, SentMessage
from shared.auth import Actor
from shared.db import Connection
from shared.roles import BUSINESS, FINANCIAL, PARTNER
from shared.triggers import per_minute, post


@post(
    "/api/v1/connections/{connection_id}/messages",
    roles={BUSINESS, FINANCIAL, PARTNER},
    status=201,
    limit=per_minute(60, premium=300),
    offline=True,
)
def create_connection_message(
    connection_id: UUID, body: NewMessage, actor: Actor, db: Connection, now: datetime
) -> SentMessage:
    """Say something to the business at the other end of a connection.

    The two have one conversation: it is opened by the first message and continued by the others,
    here or by its own id, which the answer has.
    """
    sending.require_own_id(body.id)
    sending.require_content(body)
    conversation_id = opening.of_connection(db, actor, connection_id, now)
    conversation = sending.lock(db, actor, conversation_id)
    return sending.send(db, actor, conversation, body, now)
