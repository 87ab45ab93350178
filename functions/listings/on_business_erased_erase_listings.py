"""When a business is forgotten, so are its listings."""

from uuid import UUID

from functions.listings._queries import upkeep
from schemas.events.listings import ListingErased
from schemas.events.users import BusinessErased
from shared import outbox
from shared.db import Connection
from shared.triggers import on_event

BATCH_SIZE = 500


@on_event(attempts=8)
def on_business_erased_erase_listings(event: BusinessErased, db: Connection) -> None:
    """Leave an empty tombstone of each listing, and nothing of what was announced of it."""
    after = UUID(int=0)
    while True:
        batch = upkeep.erase_listings(
            db, business_id=event.business_id, after=after, limit=BATCH_SIZE
        )
        if not batch:
            return
        upkeep.forget_events(db, keys=[str(each.id) for each in batch])
        for each in batch:
            outbox.publish(
                db,
                ListingErased(
                    listing_id=each.id, business_id=event.business_id, version=each.version
                ),
            )
        after = batch[-1].id
