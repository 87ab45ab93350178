"""When what strangers see of a business changes, its listings' cards follow."""

from uuid import UUID

from functions.listings._queries import upkeep
from schemas.events.users import BusinessChanged
from shared.db import Connection
from shared.triggers import on_event

BATCH_SIZE = 500


@on_event(attempts=8)
def on_business_changed_refresh_listings(event: BusinessChanged, db: Connection) -> None:
    """Write the cards of a business anew, in batches."""
    after = UUID(int=0)
    while True:
        batch = upkeep.refresh_cards(
            db, business_id=event.business_id, after=after, limit=BATCH_SIZE
        )
        if batch.seen < BATCH_SIZE or batch.last is None:
            return
        after = UUID(batch.last)
