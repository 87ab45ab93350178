"""GET /api/v1/businesses"""

from functions.users import _rules as rules
from functions.users._queries import directory
from schemas.businesses import BusinessCard, BusinessQuery
from shared import pages
from shared.answers import Page
from shared.db import Connection
from shared.roles import PUBLIC
from shared.triggers import get


@get("/api/v1/businesses", roles=PUBLIC, hides=True)
def list_businesses(query: BusinessQuery, db: Connection) -> Page[BusinessCard]:
    """List businesses, the newest first."""
    scope = pages.scope_of("list_businesses", query)
    after_key, after_id = pages.after(scope, query, pages.NEWEST)
    found = directory.page_of_businesses(
        db,
        country=query.country,
        city_id=query.city_id,
        category=query.category,
        verified=query.verified,
        words=rules.require_words(query.q) if query.q else None,
        after_key=after_key,
        after_id=after_id,
        limit=query.limit,
    )
    return pages.page(found, scope, query)
