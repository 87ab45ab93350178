"""When a listing is published for the first time, tell the people behind it."""

from functions.notifications import _rules as rules
from schemas.events.listings import ListingPublished
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_listing_published_notify_owner(event: ListingPublished, db: Connection) -> None:
    """Tell a business once that its listing is live; resumed and renewed ones are no news."""
    if not event.first:
        return
    parameters = {"title": event.title, "expires_at": event.expires_at.isoformat()}
    rules.tell_business(db, event.business_id, "listing_published", event.listing_id, parameters)
