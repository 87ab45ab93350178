"""GET /api/v1/connections"""

from datetime import datetime

from functions.bizconnect._queries import own
from schemas.bizconnect import BusinessConnection, ConnectionQuery
from shared import pages
from shared.answers import Page
from shared.auth import Actor
from shared.db import Connection
from shared.roles import BUSINESS, FINANCIAL, PARTNER
from shared.triggers import get


@get("/api/v1/connections", roles={BUSINESS, FINANCIAL, PARTNER})
def list_connections(
    query: ConnectionQuery, actor: Actor, db: Connection, now: datetime
) -> Page[BusinessConnection]:
    """Browse the connections of one's businesses, the one asked for last first."""
    scope = pages.scope_of("list_connections", query, actor.user_id)
    after_key, after_id = pages.after(scope, query, pages.NEWEST)
    found = own.page_of_own(
        db,
        businesses=[id_ for id_ in actor.businesses if query.business_id in {None, id_}],
        direction=query.direction,
        status=query.status,
        market=query.market,
        after_key=after_key,
        after_id=after_id,
        now=now,
        limit=query.limit,
    )
    return pages.page(found, scope, query)
