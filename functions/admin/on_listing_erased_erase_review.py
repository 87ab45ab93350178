"""When a listing is forgotten, so is what moderators were shown of it."""

from functions.admin import _queries as queries
from schemas.events.listings import ListingErased
from shared.db import Connection
from shared.ids import new_id
from shared.triggers import on_event


@on_event()
def on_listing_erased_erase_review(event: ListingErased, db: Connection) -> None:
    """Empty its review, and refuse older versions that arrive late; who decided what stays."""
    queries.erase_review(
        db,
        id=new_id(),
        listing_id=event.listing_id,
        version=event.version,
        business_id=event.business_id,
    )
