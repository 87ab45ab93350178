"""Every hour: verify that nobody has rewritten the audit log.

Each day begins a lap from the first entry on; later runs of the day go on where the last one ended.
"""

from datetime import datetime

from functions.platform._queries import audit
from functions.platform._rules import audit as rules
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH = 1_000


@cron("41 * * * *")
def cron_verify_audit(db: Connection, now: datetime) -> Batch:
    """Walk on a batch in each chain; what is broken is logged and announced."""
    if not audit.take_audit_walk(db):
        return Batch(0, more=False)
    walked = [rules.walk(db, chain, now, BATCH) for chain in audit.audit_chains(db)]
    return Batch(sum(walked), more=BATCH in walked)
