"""GET /api/v1/listings/nearby"""

from datetime import datetime

from functions.listings._queries import market
from schemas.listings import NearbyCard, NearbyQuery
from shared import pages
from shared.answers import Page
from shared.db import Connection
from shared.roles import PUBLIC
from shared.triggers import get


@get("/api/v1/listings/nearby", roles=PUBLIC, hides=True)
def list_nearby_listings(query: NearbyQuery, db: Connection, now: datetime) -> Page[NearbyCard]:
    """Browse live listings round a point, the nearest first, with roughly how far they are."""
    scope = pages.scope_of("list_nearby_listings", query)
    after_key, after_id = pages.after(scope, query, pages.LEAST)
    found = market.page_of_nearby(
        db,
        latitude=query.latitude,
        longitude=query.longitude,
        radius_m=query.radius_km * 1000.0,
        after_key=after_key,
        after_id=after_id,
        now=now,
        limit=query.limit,
    )
    return pages.page(found, scope, query)
