"""Every five minutes: note which listings' time is up.

Nothing waits for this job: an expired listing is hidden by the clock.
"""

from datetime import datetime

from functions.listings._queries import upkeep
from schemas.events.listings import ListingExpired
from shared import outbox
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH_SIZE = 500


@cron("*/5 * * * *")
def cron_expire_listings(db: Connection, now: datetime) -> Batch:
    """Expire a batch and announce each listing once for its date."""
    expired = upkeep.expire_due(db, now=now, limit=BATCH_SIZE)
    for listing in expired:
        row = listing._asdict()
        outbox.publish(db, ListingExpired(listing_id=row.pop("id"), **row))
    return Batch(done=len(expired), more=len(expired) == BATCH_SIZE)
