"""When a listing is rejected, tell the people behind it why."""

from functions.notifications import _rules as rules
from schemas.events.listings import ListingRejected
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_listing_rejected_notify_owner(event: ListingRejected, db: Connection) -> None:
    """Tell a business which version was rejected, and why."""
    rules.tell_business(
        db,
        event.business_id,
        "listing_rejected",
        event.listing_id,
        {"title": event.title, "reason": event.reason, "note": event.note},
        once=str(event.version),
    )
