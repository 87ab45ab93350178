"""Every hour: forget what became of pushes that nobody asks about any more."""

from datetime import datetime, timedelta

from functions.notifications._queries import pushes as queries
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

KEPT = timedelta(days=30)
BATCH = 1_000


@cron("53 * * * *")
def cron_purge_pushes(db: Connection, now: datetime) -> Batch:
    """Drop a batch, the oldest first."""
    done = queries.purge_pushes(db, before=now - KEPT, limit=BATCH)
    return Batch(done, more=done == BATCH)
