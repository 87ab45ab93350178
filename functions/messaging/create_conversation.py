"""POST /api/v1/conversations"""

from datetime import datetime

from functions.messaging._rules import opening, reading
from schemas.messaging import Conversation, NewConversation
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.conversations import Opening, may_open
from shared.roles import ANY
from shared.triggers import per_hour, post


@post("/api/v1/conversations", roles=ANY, status=201, limit=per_hour(60, premium=300), offline=True)
def create_conversation(
    body: NewConversation, actor: Actor, db: Connection, now: datetime
) -> Json[Conversation]:
    """Open a conversation with a business, or find the one that there is.

    As a customer, or in the name of a business of one's own. Two parties have one conversation, by
    whomever it was opened. One of kind `support` waits for an agent of the business; one that was
    resolved waits again.
    """
    authorize(may_open, actor, Opening(body.business_id, body.on_behalf_of))
    return Json(reading.shown(db, actor, opening.wanted(db, actor, body, now)))
