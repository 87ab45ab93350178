"""GET /api/v1/connections/metrics"""

from datetime import datetime

from functions.bizconnect._queries import figures
from functions.bizconnect._rules import figures as rules
from schemas.bizconnect import ConnectionMetrics
from shared.auth import Actor
from shared.db import Connection
from shared.roles import BUSINESS, FINANCIAL, PARTNER
from shared.triggers import get


@get("/api/v1/connections/metrics", roles={BUSINESS, FINANCIAL, PARTNER})
def list_connection_metrics(actor: Actor, db: Connection, now: datetime) -> ConnectionMetrics:
    """Read what one's businesses asked, were asked and answered, and what they may still ask."""
    since = now - rules.MEASURED
    found = figures.metrics(db, businesses=[*actor.businesses], since=since, now=now)
    return ConnectionMetrics(
        since=since,
        definitions={**rules.DEFINITIONS},
        businesses=[rules.figures_of(each) for each in found],
    )
