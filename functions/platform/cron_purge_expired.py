"""Every hour: drop the kernel's rows that have served their purpose."""

from datetime import datetime

from functions.platform import _queries as queries
from functions.platform import _rules as rules
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH = 1_000


@cron("17 * * * *")
def cron_purge_expired(db: Connection, now: datetime) -> Batch:
    """Drop a batch of each kind; two runs at once do not purge together."""
    if not queries.take_purge(db):
        return Batch(0, more=False)
    dropped = [
        queries.purge_outbox(db, before=now - rules.SENT_KEPT, limit=BATCH),
        queries.purge_inbox(db, before=now - rules.INBOX_KEPT, limit=BATCH),
        queries.purge_idempotency_keys(db, before=now - rules.KEYS_KEPT, limit=BATCH),
        queries.purge_changes(db, before=now - rules.CHANGES_KEPT, limit=BATCH),
        queries.purge_quota_history(db, before=now - rules.QUOTAS_KEPT, limit=BATCH),
        # Last, because a caller whose bucket goes waits until this transaction ends.
        queries.purge_rate_limits(db, before=now, limit=BATCH),
    ]
    return Batch(sum(dropped), more=BATCH in dropped)
