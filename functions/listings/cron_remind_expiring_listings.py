"""Every quarter of an hour: announce the listings that leave the market soon.

Soon is the last quarter of a listing's time: 6 hours of 24, a day of 96. The date is part of what
is noted, so an extended listing is announced again for its new date and never for the old one, and
a run that was missed is made good by the next.
"""

from datetime import datetime

from functions.listings._queries import upkeep
from schemas.events.listings import ListingExpiring
from shared import outbox
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH_SIZE = 500


@cron("*/15 * * * *")
def cron_remind_expiring_listings(db: Connection, now: datetime) -> Batch:
    """Announce a batch, each listing once for its date."""
    expiring = upkeep.remind_due(db, now=now, limit=BATCH_SIZE)
    for listing in expiring:
        row = listing._asdict()
        outbox.publish(db, ListingExpiring(listing_id=row.pop("id"), **row))
    return Batch(done=len(expiring), more=len(expiring) == BATCH_SIZE)
