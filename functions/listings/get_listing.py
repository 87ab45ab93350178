"""GET /api/v1/listings/{listing_id}"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from functions.listings._queries import market
from shared.answers import Json
from shared.db import Connection
from shared.errors import NotFoundError
from shared.roles import PUBLIC
from shared.triggers import get

if TYPE_CHECKING:
    from schemas.listings import PublicListing


@get("/api/v1/listings/{listing_id}", roles=PUBLIC, hides=True)
def get_listing(listing_id: UUID, db: Connection, now: datetime) -> "Json[PublicListing]":
    """Read a live listing; one that is paused, over or not yet approved is not found."""
    listing = market.public_listing(db, id=listing_id, now=now)
    if listing is None:
        raise NotFoundError("There is no such listing.", code="LISTING_NOT_FOUND")
    return Json(listing)
