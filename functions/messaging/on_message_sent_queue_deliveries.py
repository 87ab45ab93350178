"""When a message is stored, owe it to each person of the other side."""

from functions.messaging._rules import delivering
from schemas.events.messaging import MessageSent
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_message_sent_queue_deliveries(event: MessageSent, db: Connection) -> None:
    """A task for each, and a time to look whether he has it."""
    delivering.queue(db, event)
