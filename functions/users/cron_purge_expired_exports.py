"""Every hour: delete the exports whose seven days are over."""

from datetime import datetime

from functions.users._queries import exports as queries
from shared import exports
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH = 20


@cron("41 * * * *")
def cron_purge_expired_exports(db: Connection, now: datetime) -> Batch:
    """Delete a batch, the objects first: a row that is left finds them again."""
    expired = queries.lock_expired(db, now=now, limit=BATCH)
    for each in expired:
        exports.delete(each.user_id, each.id)
    queries.delete_exports(db, ids=[each.id for each in expired])
    return Batch(len(expired), more=len(expired) == BATCH)
