"""POST /api/v1/notifications/read-all"""

from datetime import datetime

from functions.notifications import _rules as rules
from functions.notifications._queries import feed as queries
from schemas.notifications import MarkedRead, ReadAll
from shared import projections
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import post

BATCH = 1_000


@post("/api/v1/notifications/read-all", roles=ANY, offline=True)
def read_all_notifications(
    body: ReadAll, actor: Actor, db: Connection, now: datetime
) -> MarkedRead:
    """Mark the caller's notifications as read, up to the newest that he has seen."""
    count = queries.mark_all_read(
        db, user_id=actor.user_id, before=body.before or now, now=now, limit=BATCH
    )
    if count:
        projections.changed(db, rules.INBOX, actor.user_id, actor.uid)
    return MarkedRead(count=count, more=count == BATCH)
