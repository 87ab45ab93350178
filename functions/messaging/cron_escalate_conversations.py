"""Every minute: tell who is to be told that a customer was kept waiting."""

from datetime import datetime

from functions.messaging._rules import promising
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH = 100


@cron("* * * * *")
def cron_escalate_conversations(db: Connection, now: datetime) -> Batch:
    """Climb the ladders of a batch, those that were due first first; each step is told once."""
    done = promising.escalate_due(db, now, BATCH)
    return Batch(done, more=done == BATCH)
