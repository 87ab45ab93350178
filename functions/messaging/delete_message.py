"""DELETE /api/v1/messages/{message_id}"""

from datetime import datetime
from uuid import UUID

from functions.messaging._queries import messages
from functions.messaging._rules import attaching, correcting, live
from schemas.events.messaging import MessageDeleted
from shared import outbox
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import delete


@delete("/api/v1/messages/{message_id}", roles=ANY, offline=True)
def delete_message(message_id: UUID, actor: Actor, db: Connection, now: datetime) -> None:
    """Take back what one has said; its number stays, empty."""
    _, message = correcting.own(db, actor, message_id)
    deleted = messages.delete_message(
        db,
        id=message_id,
        version=message.version,
        now=now,
        purge_after=now + attaching.DELETED_KEPT,
    )
    if deleted is not None:
        outbox.publish(db, MessageDeleted(message_id=message_id, **deleted._asdict()))
        live.show(db, deleted.conversation_id, deleted.seq)
