"""GET /readyz"""

from functions.platform._queries import health
from schemas.platform import Health
from shared.db import Connection
from shared.roles import PUBLIC
from shared.triggers import get


@get("/readyz", roles=PUBLIC)
def readyz(db: Connection) -> Health:
    """Say that the database answers; 503 when it does not."""
    health.ready(db)
    return Health(status="ok")
