"""GET /api/v1/users/me"""

from typing import TYPE_CHECKING

from functions.users._queries import accounts
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import get

if TYPE_CHECKING:
    from schemas.users import User


@get("/api/v1/users/me", roles=ANY)
def get_me(actor: Actor, db: Connection) -> "Json[User]":
    """Read the caller's own account."""
    return Json(accounts.user(db, id=actor.user_id))
