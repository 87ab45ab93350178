"""PATCH /api/v1/connections/{connection_id}/status"""

from datetime import datetime
from uuid import UUID

from functions.bizconnect._queries import steps
from functions.bizconnect._rules import steps as rules
from schemas.bizconnect import BusinessConnection, ConnectionStep
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.connections import may_connect_for
from shared.roles import BUSINESS, FINANCIAL, PARTNER
from shared.triggers import patch, per_hour


@patch(
    "/api/v1/connections/{connection_id}/status",
    roles={BUSINESS, FINANCIAL, PARTNER},
    limit=per_hour(300),
)
def update_connection_status(
    connection_id: UUID, body: ConnectionStep, actor: Actor, db: Connection, now: datetime
) -> Json[BusinessConnection]:
    """Accept, decline, withdraw, remove, block or unblock a connection of one's business."""
    found = rules.require_found(
        steps.lock_connection(
            db,
            id=connection_id,
            businesses=[*actor.businesses],
            as_receiver=body.action in {"accept", "decline"},
            now=now,
        )
    )
    authorize(may_connect_for, actor, found.mine)
    return Json(rules.take(db, body.action, found, now))
