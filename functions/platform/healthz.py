"""GET /healthz"""

from schemas.platform import Health
from shared.roles import PUBLIC
from shared.triggers import get


@get("/healthz", roles=PUBLIC)
def healthz() -> Health:
    """Say that the process runs."""
    return Health(status="ok")
