"""Every day: forget what messages said that were changed or taken back half a year ago."""

from datetime import datetime, timedelta

from functions.messaging._queries import upkeep
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

KEPT = timedelta(days=180)
BATCH = 1_000


@cron("50 2 * * *")
def cron_purge_message_revisions(db: Connection, now: datetime) -> Batch:
    """Forget a batch, the oldest first."""
    done = upkeep.purge_revisions(db, before=now - KEPT, limit=BATCH)
    return Batch(done, more=done == BATCH)
