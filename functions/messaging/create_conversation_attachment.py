"""POST /api/v1/conversations/{conversation_id}/attachments"""

from datetime import datetime
from uuid import UUID

from functions.messaging._rules import attaching
from schemas.messaging import AttachmentUpload, NewAttachment
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import per_hour, post


@post(
    "/api/v1/conversations/{conversation_id}/attachments",
    roles=ANY,
    status=201,
    limit=per_hour(60, premium=600),
)
def create_conversation_attachment(
    conversation_id: UUID, body: NewAttachment, actor: Actor, db: Connection, now: datetime
) -> AttachmentUpload:
    """Announce a file; post it, with the `fields` before it, to the `url` within ten minutes.

    Then name its `id` in a message. What no message names within a day is deleted.
    """
    return attaching.announce(db, actor, conversation_id, body, now)
