"""Every hour: drop the kernel's rows that have served their purpose."""

from datetime import datetime

from functions.platform._queries import purges
from functions.platform._rules import keeping
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH = 1_000


@cron("17 * * * *")
def cron_purge_expired(db: Connection, now: datetime) -> Batch:
    """Drop a batch of each kind; two runs at once do not purge together."""
    if not purges.take_purge(db):
        return Batch(0, more=False)
    dropped = [
        purges.purge_outbox(db, before=now - keeping.SENT_KEPT, limit=BATCH),
        purges.purge_inbox(db, before=now - keeping.INBOX_KEPT, limit=BATCH),
        purges.purge_idempotency_keys(
            db, since=now - 2 * keeping.KEYS_KEPT, before=now - keeping.KEYS_KEPT, limit=BATCH
        ),
        purges.purge_offline_keys(db, before=now - keeping.OFFLINE_KEPT, limit=BATCH),
        purges.purge_changes(db, before=now - keeping.CHANGES_KEPT, limit=BATCH),
        purges.purge_quota_history(db, before=now - keeping.QUOTAS_KEPT, limit=BATCH),
        # Last, because a caller whose bucket goes waits until this transaction ends.
        purges.purge_rate_limits(db, before=now, limit=BATCH),
    ]
    return Batch(sum(dropped), more=BATCH in dropped)
