"""GET /api/v1/conversations/{conversation_id}/attachments/{attachment_id}"""

from datetime import datetime
from uuid import UUID

from functions.messaging._rules import attaching
from schemas.messaging import AttachmentLink
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import get


@get("/api/v1/conversations/{conversation_id}/attachments/{attachment_id}", roles=ANY)
def get_conversation_attachment(
    conversation_id: UUID, attachment_id: UUID, db: Connection, now: datetime
) -> AttachmentLink:
    """Learn where a file of one's conversation may be downloaded for five minutes."""
    return attaching.link(db, conversation_id, attachment_id, now)
