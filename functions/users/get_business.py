"""GET /api/v1/businesses/{business_id}"""

from typing import TYPE_CHECKING
from uuid import UUID

from functions.users._queries import directory
from shared.answers import Json
from shared.db import Connection
from shared.errors import NotFoundError
from shared.roles import PUBLIC
from shared.triggers import get

if TYPE_CHECKING:
    from schemas.businesses import Business


@get("/api/v1/businesses/{business_id}", roles=PUBLIC, hides=True)
def get_business(business_id: UUID, db: Connection) -> "Json[Business]":
    """Read a business, as anyone may see it."""
    detail = directory.public_business(db, id=business_id)
    if detail is None:
        raise NotFoundError("There is no such business.")
    return Json(detail)
