"""When somebody is forgotten, so is what he said; what others said to him stays theirs."""

from datetime import datetime
from uuid import UUID

from functions.messaging._queries import delivering, leaving
from functions.messaging._rules import live, supporting
from schemas.events.messaging import MessagesErased
from schemas.events.users import UserErased
from shared import outbox
from shared.db import Connection
from shared.triggers import on_event

BATCH_SIZE = 500


@on_event(attempts=8)
def on_user_erased_erase_messages(event: UserErased, db: Connection, now: datetime) -> None:
    """Leave an empty tombstone of each message, so that nobody's device sees a gap."""
    after = (UUID(int=0), 0)
    told: set[UUID] = set()
    while True:
        batch = leaving.erase_messages(
            db,
            user_id=event.user_id,
            after_conversation=after[0],
            after_seq=after[1],
            limit=BATCH_SIZE,
        )
        for each in sorted({each.conversation_id for each in batch} - told):
            outbox.publish(db, MessagesErased(conversation_id=each, sender_id=event.user_id))
            live.show_newest(db, each)
            told.add(each)
        if len(batch) < BATCH_SIZE:
            break
        after = max((each.conversation_id, each.seq) for each in batch)
    leaving.expire_attachments(db, user_id=event.user_id)
    leaving.delete_revisions(db, user_id=event.user_id)
    delivering.delete_deliveries(db, user_id=event.user_id)
    leaving.delete_pointers(db, user_id=event.user_id)
    live.leave_all(db, event.user_id)
    supporting.leave(db, event.user_id, now)
