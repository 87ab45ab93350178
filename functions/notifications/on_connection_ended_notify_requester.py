"""When a request for a connection found no answer, tell the people behind the business that asked.

Of all other ends nobody is told: who ended it knows, and the other side finds it or must not know.
"""

from functions.notifications import _rules as rules
from schemas.events.bizconnect import ConnectionEnded
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_connection_ended_notify_requester(event: ConnectionEnded, db: Connection) -> None:
    """Tell a business once for each request; one that was declined found no answer either."""
    if event.reason != "expired" or event.receiver_name is None:
        return
    if not rules.is_there(db, event.receiver_id):
        return
    rules.tell_business(
        db,
        event.requester_id,
        "connection_expired",
        event.connection_id,
        {"title": event.receiver_name},
        once=event.ended_at.isoformat(),
    )
