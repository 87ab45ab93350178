"""How candidates are kept in step with the market, and for how long it is known who saw them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from functions.bizconnect._queries import candidates as queries
from shared.db import Connection

IMPRESSIONS_KEPT = timedelta(days=180)


def refresh(db: Connection, business_ids: Sequence[UUID], now: datetime) -> int:
    """Make candidates anew from what is true now; return how many businesses are still there."""
    queries.lock_candidates(db, business_ids=list(business_ids))
    return queries.put_candidates(db, business_ids=list(business_ids), now=now).made
