"""When a business is forgotten, so are its connections."""

from datetime import datetime

from functions.bizconnect._queries import upkeep
from schemas.events.bizconnect import ConnectionEnded
from schemas.events.users import BusinessErased
from shared import outbox
from shared.db import Connection
from shared.triggers import on_event

BATCH_SIZE = 500


@on_event(attempts=8)
def on_business_erased_end_connections(
    event: BusinessErased, db: Connection, now: datetime
) -> None:
    """Delete them, and what was announced of them; tell whoever was connected.

    A request that is under way is waited for, and one that comes later finds no such business.
    """
    upkeep.lock_business(db, id=event.business_id)
    while batch := upkeep.delete_connections(db, business_id=event.business_id, limit=BATCH_SIZE):
        upkeep.forget_events(db, keys=[str(each.id) for each in batch])
        for each in batch:
            outbox.publish(
                db,
                ConnectionEnded(
                    connection_id=each.id,
                    requester_id=each.requester_id,
                    receiver_id=each.receiver_id,
                    version=each.version + 1,
                    reason="erased",
                    ended_by=event.business_id,
                    ended_at=now,
                ),
            )
