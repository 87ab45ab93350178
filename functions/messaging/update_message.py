"""PATCH /api/v1/messages/{message_id}"""

from datetime import datetime
from uuid import UUID

from functions.messaging._rules import correcting
from schemas.messaging import EditedMessage, MessageChange
from shared.auth import Actor
from shared.db import Connection
from shared.entry import IfMatch
from shared.roles import ANY
from shared.triggers import patch, per_minute


@patch("/api/v1/messages/{message_id}", roles=ANY, limit=per_minute(30), offline=True)
def update_message(
    message_id: UUID,
    body: MessageChange,
    version: IfMatch,
    actor: Actor,
    db: Connection,
    now: datetime,
) -> EditedMessage:
    """Change what one has said, within 15 minutes.

    Everybody sees that it was changed. Who may write no more in a conversation changes nothing in
    it either.
    """
    return correcting.edit(db, actor, message_id, body.text, version, now)
