"""GET /api/v1/users/me"""

from functions.users import _queries as queries
from schemas.users import User
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import get


@get("/api/v1/users/me", roles=ANY)
def get_me(actor: Actor, db: Connection) -> Json[User]:
    """Read the caller's own account."""
    return Json(queries.user(db, id=actor.user_id))
