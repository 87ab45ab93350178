"""When a listing that waited is withdrawn, take it out of the queue."""

from functions.admin import _queries as queries
from schemas.events.listings import ListingWithdrawn
from shared.db import Connection
from shared.ids import new_id
from shared.triggers import on_event


@on_event()
def on_listing_withdrawn_close_review(event: ListingWithdrawn, db: Connection) -> None:
    """Close the review of a listing, and refuse older versions that arrive late."""
    queries.close_review(
        db,
        id=new_id(),
        listing_id=event.listing_id,
        version=event.version,
        business_id=event.business_id,
    )
