"""GET /api/v1/listings/categories"""

from functions.listings._queries import market
from schemas.listings import Category, CategoryQuery
from shared.answers import Json
from shared.db import Connection
from shared.roles import PUBLIC
from shared.triggers import get


@get("/api/v1/listings/categories", roles=PUBLIC, cache_seconds=86_400)
def list_listing_categories(query: CategoryQuery, db: Connection) -> Json[list[Category]]:
    """Read the category tree: each sector and then its categories, with their attributes."""
    return Json(market.categories(db, language=query.language) or "[]")
