"""GET /api/v1/users/{user_id}"""

from typing import TYPE_CHECKING
from uuid import UUID

from functions.users._queries import accounts
from shared.answers import Json
from shared.db import Connection
from shared.errors import NotFoundError
from shared.roles import ANY
from shared.triggers import get

if TYPE_CHECKING:
    from schemas.users import UserCard


@get("/api/v1/users/{user_id}", roles=ANY)
def get_user(user_id: UUID, db: Connection) -> "Json[UserCard]":
    """Read what other people may see of a person."""
    card = accounts.profile(db, id=user_id)
    if card is None:
        raise NotFoundError("There is no such person.")
    return Json(card)
