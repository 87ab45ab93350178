"""When a business that had used up what its plan allows has it anew, tell the people behind it."""

from functions.notifications import _rules as rules
from schemas.events.platform import QuotaRenewed
from shared import quotas
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_quota_renewed_notify_owner(event: QuotaRenewed, db: Connection) -> None:
    """Tell a business once for each window."""
    asks = event.metric == quotas.CONNECTION_REQUESTS.metric
    rules.tell_business(
        db,
        event.business_id,
        "connection_requests_renewed" if asks else "quota_renewed",
        event.business_id,
        {"metric": event.metric, "period": event.period},
        once=f"{event.metric}:{event.period}:{event.starts_on}",
    )
