"""When a listing comes to the market, its business is looked for by it."""

from datetime import datetime

from functions.bizconnect._rules import candidates as rules
from schemas.events.listings import ListingPublished
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_listing_published_refresh_candidate(
    event: ListingPublished, db: Connection, now: datetime
) -> None:
    """Make the candidate anew, from what is true now, whatever came before the event."""
    rules.refresh(db, [event.business_id], now)
