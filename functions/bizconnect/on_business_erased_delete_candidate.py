"""When a business is forgotten, so is what it was looked for by and whom it was shown."""

from datetime import datetime

from functions.bizconnect._queries import candidates as queries
from functions.bizconnect._rules import candidates as rules
from schemas.events.users import BusinessErased
from shared.db import Connection
from shared.triggers import on_event

BATCH_SIZE = 1_000


@on_event(attempts=8)
def on_business_erased_delete_candidate(
    event: BusinessErased, db: Connection, now: datetime
) -> None:
    """Take a business out of every group, and forget its impressions."""
    rules.refresh(db, [event.business_id], now)
    while (
        queries.delete_impressions(db, business_id=event.business_id, limit=BATCH_SIZE)
        == BATCH_SIZE
    ):
        pass
