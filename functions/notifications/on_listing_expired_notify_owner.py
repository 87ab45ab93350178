"""When a listing left the market because its time was up, tell the people behind it."""

from functions.notifications import _rules as rules
from schemas.events.listings import ListingExpired
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_listing_expired_notify_owner(event: ListingExpired, db: Connection) -> None:
    """Tell a business once for each date."""
    expires_at = event.expires_at.isoformat()
    parameters = {"title": event.title, "expires_at": expires_at}
    rules.tell_business(
        db,
        event.business_id,
        "listing_expired",
        event.listing_id,
        parameters,
        once=expires_at,
    )
