"""GET /api/v1/listings"""

from datetime import datetime
from typing import Any

from functions.listings import _rules as rules
from functions.listings._queries import market
from schemas.listings import ListingCard, ListingQuery
from shared import pages
from shared.answers import Page
from shared.db import Connection
from shared.roles import PUBLIC
from shared.triggers import get

RADIUS_M = 100_000.0


@get("/api/v1/listings", roles=PUBLIC, hides=True)
def list_listings(query: ListingQuery, db: Connection, now: datetime) -> Page[ListingCard]:
    """Browse the market: live listings that fit all filters, by age, price or distance."""
    rules.require_complete(query)
    scope = pages.scope_of("list_listings", query)
    first = pages.NEWEST if query.sort == "newest" else pages.LEAST
    after_key, after_id = pages.after(scope, query, first)
    wanted = [each.partition(":") for each in query.attribute]
    filters: dict[str, Any] = {
        "type": query.type,
        "category": query.category,
        "country": query.country,
        "city_id": query.city_id,
        "currency": query.currency,
        "price_min": query.price_min,
        "price_max": query.price_max,
        "verified": query.verified,
        "words": rules.question_of(query.q),
        "keys": [key for key, _, _ in wanted],
        "values": [value for _, _, value in wanted],
        "now": now,
        "limit": query.limit,
        "after_key": after_key,
        "after_id": after_id,
    }
    found: pages.Found
    if query.sort == "distance":
        here: dict[str, Any] = {
            "latitude": query.latitude,
            "longitude": query.longitude,
            "radius_m": RADIUS_M,
        }
        found = market.page_by_distance(db, **filters, **here)
    elif query.sort == "price":
        found = market.page_by_price(db, **filters)
    else:
        found = market.page_by_newest(db, **filters)
    return pages.page(found, scope, query)
