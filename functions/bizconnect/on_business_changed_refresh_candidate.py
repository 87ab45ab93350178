"""When a business is new, or what strangers see of it changed, it is looked for by that."""

from datetime import datetime

from functions.bizconnect._rules import candidates as rules
from schemas.events.users import BusinessChanged
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_business_changed_refresh_candidate(
    event: BusinessChanged, db: Connection, now: datetime
) -> None:
    """Make the candidate anew, from what is true now, whatever came before the event."""
    rules.refresh(db, [event.business_id], now)
