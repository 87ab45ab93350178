"""When a business answered a request, it is known how it answers."""

from datetime import datetime

from functions.bizconnect._rules import candidates as rules
from schemas.events.bizconnect import ConnectionAccepted
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_connection_accepted_refresh_candidate(
    event: ConnectionAccepted, db: Connection, now: datetime
) -> None:
    """Make the candidate anew, from what is true now, whatever came before the event."""
    rules.refresh(db, [event.receiver_id], now)
