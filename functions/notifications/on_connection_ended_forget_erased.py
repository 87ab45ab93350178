"""When a connection ends because one of its businesses is forgotten, so is what was told of it."""

from functions.notifications import _rules as rules
from schemas.events.bizconnect import ConnectionEnded
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_connection_ended_forget_erased(event: ConnectionEnded, db: Connection) -> None:
    """Take it out of the inboxes of the other business's people; every other end is kept."""
    if event.reason == "erased":
        rules.forget_connection(db, event.connection_id)
