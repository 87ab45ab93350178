"""GET /api/v1/connections/{connection_id}"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from functions.bizconnect._queries import own
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.errors import NotFoundError
from shared.roles import BUSINESS, FINANCIAL, PARTNER
from shared.triggers import get

if TYPE_CHECKING:
    from schemas.bizconnect import BusinessConnection


@get("/api/v1/connections/{connection_id}", roles={BUSINESS, FINANCIAL, PARTNER})
def get_connection(
    connection_id: UUID, actor: Actor, db: Connection, now: datetime
) -> "Json[BusinessConnection]":
    """Read a connection of one of one's businesses."""
    found = own.connection(db, id=connection_id, businesses=[*actor.businesses], now=now)
    if found is None:
        raise NotFoundError("There is no such connection.", code="CONNECTION_NOT_FOUND")
    return Json(found)
