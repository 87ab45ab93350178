"""Every quarter of an hour: put quota windows that are over into the history.

Nothing waits for this job: a window turns by the clock of the business.
"""

from datetime import datetime, timedelta

from functions.platform._queries import quotas
from schemas.events.platform import QuotaRenewed
from shared import outbox
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH_SIZE = 500
STILL_AT_WORK = timedelta(hours=1)
"""A request that began before its window ended may take from it a little later."""


@cron("4-59/15 * * * *")
def cron_reset_quotas(db: Connection, now: datetime) -> Batch:
    """Close a batch of windows; announce those that were used up."""
    closed = quotas.close_quotas(db, before=now - STILL_AT_WORK, limit=BATCH_SIZE)
    for each in closed:
        if each.used_up:
            outbox.publish(
                db,
                QuotaRenewed(
                    business_id=each.subject_id,
                    metric=each.metric,
                    period=each.period,
                    starts_on=each.starts_on,
                ),
            )
    return Batch(done=len(closed), more=len(closed) == BATCH_SIZE)
