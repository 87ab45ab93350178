"""Every minute: what those had who have vanished waits for others."""

from datetime import datetime

from functions.messaging._queries import teams
from functions.messaging._rules import supporting
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH = 20


@cron("* * * * *")
def cron_requeue_conversations(db: Connection, now: datetime) -> Batch:
    """See to a batch of teams; one that somebody works on sees to it by that."""
    lapsed = teams.lock_lapsed_teams(db, now=now, limit=BATCH)
    done = sum(supporting.drain(db, each.business_id, now) for each in lapsed)
    return Batch(done, more=len(lapsed) == BATCH)
