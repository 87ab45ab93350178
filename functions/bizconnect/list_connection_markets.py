"""GET /api/v1/connections/markets"""

from datetime import datetime

from functions.bizconnect._queries import figures
from schemas.bizconnect import MarketCount
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import get


@get("/api/v1/connections/markets", roles=ANY)
def list_connection_markets(actor: Actor, db: Connection, now: datetime) -> Json[list[MarketCount]]:
    """Read the markets, and how many connections one's businesses have in each."""
    return Json(figures.markets(db, businesses=[*actor.businesses], now=now))
