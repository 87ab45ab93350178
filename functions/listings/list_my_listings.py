"""GET /api/v1/listings/mine"""

from datetime import datetime

from functions.listings._queries import own
from schemas.listings import Listing, MyListingsQuery
from shared import pages
from shared.answers import Page
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ADMIN, BUSINESS
from shared.triggers import get


@get("/api/v1/listings/mine", roles={BUSINESS, ADMIN})
def list_my_listings(
    query: MyListingsQuery, actor: Actor, db: Connection, now: datetime
) -> Page[Listing]:
    """Browse the listings of one's businesses in any state, the newest first."""
    scope = pages.scope_of("list_my_listings", query, actor.user_id)
    after_key, after_id = pages.after(scope, query, pages.NEWEST)
    found = own.page_of_own(
        db,
        businesses=[id_ for id_ in actor.businesses if query.business_id in {None, id_}],
        state=query.state,
        after_key=after_key,
        after_id=after_id,
        now=now,
        limit=query.limit,
    )
    return pages.page(found, scope, query)
