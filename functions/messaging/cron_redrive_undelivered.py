"""Every minute: whoever has not got what was said is told in his feed, and pushed to anew."""

from datetime import datetime

from functions.messaging._rules import delivering
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH = 200


@cron("* * * * *")
def cron_redrive_undelivered(db: Connection, now: datetime) -> Batch:
    """Look at a batch of what is owed and due."""
    done = delivering.redrive(db, now, BATCH)
    return Batch(done, more=done == BATCH)
