"""Every five minutes: what is no longer true of candidates is made anew."""

from datetime import datetime

from functions.bizconnect._queries import candidates as queries
from functions.bizconnect._rules import candidates as rules
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH_SIZE = 200


@cron("*/5 * * * *")
def cron_refresh_suggestions(db: Connection, now: datetime) -> Batch:
    """Refresh a batch, and forget what was shown long ago.

    Due are whose listing expired, whose answers grew older, and who was never looked at.
    """
    due = [each.business_id for each in queries.due_candidates(db, now=now, limit=BATCH_SIZE)]
    if due:
        rules.refresh(db, due, now)
    forgotten = queries.purge_impressions(db, before=now - rules.IMPRESSIONS_KEPT, limit=BATCH_SIZE)
    return Batch(len(due) + forgotten, more=BATCH_SIZE in {len(due), forgotten})
