"""When somebody has not got what was said to him, tell him in his feed."""

from functions.notifications import _rules as rules
from functions.notifications._queries import named
from schemas.events.messaging import MessagesWaiting
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_messages_waiting_notify_recipient(event: MessagesWaiting, db: Connection) -> None:
    """Tell him from whom and how many, once for all that he missed since he last looked."""
    name = named.name_of(db, id=event.from_id)
    if name is not None:
        rules.tell_person(
            db,
            event.user_id,
            "messages_waiting",
            event.conversation_id,
            {"title": name, "count": event.count},
            once=str(event.since_seq),
        )
