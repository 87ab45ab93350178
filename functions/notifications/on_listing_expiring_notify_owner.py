"""When a listing is about to leave the market, tell the people behind it."""

from datetime import datetime

from functions.notifications import _rules as rules
from schemas.events.listings import ListingExpiring
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_listing_expiring_notify_owner(event: ListingExpiring, db: Connection, now: datetime) -> None:
    """Tell a business once for each date, unless the date has passed meanwhile."""
    if event.expires_at <= now:
        return
    expires_at = event.expires_at.isoformat()
    parameters = {"title": event.title, "expires_at": expires_at}
    rules.tell_business(
        db,
        event.business_id,
        "listing_expiring",
        event.listing_id,
        parameters,
        once=expires_at,
    )
