"""When a request for a connection is accepted, tell the people behind the business that asked."""

from functions.notifications import _rules as rules
from schemas.events.bizconnect import ConnectionAccepted
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_connection_accepted_notify_requester(event: ConnectionAccepted, db: Connection) -> None:
    """Tell a business once that another has agreed, be it by asking too, and is there."""
    if not rules.is_there(db, event.receiver_id):
        return
    rules.tell_business(
        db,
        event.requester_id,
        "connection_accepted",
        event.connection_id,
        {"title": event.receiver_name, "market": event.market},
        once=event.accepted_at.isoformat(),
    )
