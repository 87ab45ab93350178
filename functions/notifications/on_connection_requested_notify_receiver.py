"""When a business asks another for a connection, tell the people behind the one that is asked."""

from functions.notifications import _rules as rules
from schemas.events.bizconnect import ConnectionRequested
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_connection_requested_notify_receiver(event: ConnectionRequested, db: Connection) -> None:
    """Tell a business once of each request, and who asks, while that one is there."""
    if not rules.is_there(db, event.requester_id):
        return
    rules.tell_business(
        db,
        event.receiver_id,
        "connection_requested",
        event.connection_id,
        {"title": event.requester_name, "market": event.market},
        once=event.requested_at.isoformat(),
    )
