"""POST /api/v1/users/me/restore"""

from functions.users._queries import accounts, erasure
from schemas.users import User
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.errors import ConflictError
from shared.roles import SIGNED_IN
from shared.triggers import per_hour, post


@post("/api/v1/users/me/restore", roles=SIGNED_IN, limit=per_hour(10))
def restore_me(actor: Actor, db: Connection) -> Json[User]:
    """Take back the wish to be forgotten, before the erasure is due. Devices register anew."""
    if erasure.cancel_erasure(db) is None:
        raise ConflictError("No account of yours waits to be erased.", code="NOT_ERASING")
    return Json(accounts.user(db, id=actor.user_id))
