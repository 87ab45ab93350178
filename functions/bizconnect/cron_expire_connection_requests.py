"""Every quarter of an hour: note which requests for a connection are over.

Nothing waits for this job: a request is over by the clock.
"""

from datetime import datetime

from functions.bizconnect._queries import upkeep
from schemas.events.bizconnect import ConnectionEnded
from shared import outbox
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH_SIZE = 500


@cron("7-59/15 * * * *")
def cron_expire_connection_requests(db: Connection, now: datetime) -> Batch:
    """Expire a batch; who asked hears the same whether he was declined or not answered."""
    expired = upkeep.expire_due(db, now=now, limit=BATCH_SIZE)
    for each in expired:
        outbox.publish(
            db,
            ConnectionEnded(
                connection_id=each.id,
                requester_id=each.requester_id,
                receiver_id=each.receiver_id,
                version=each.version,
                reason="expired",
                ended_by=None,
                receiver_name=each.receiver_name,
                ended_at=each.expires_at,
            ),
        )
    return Batch(done=len(expired), more=len(expired) == BATCH_SIZE)
