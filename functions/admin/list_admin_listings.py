"""GET /api/v1/admin/listings"""

from datetime import datetime, timedelta

from functions.admin import _queries as queries
from functions.admin import _rules as rules
from schemas.admin import Review, ReviewQuery
from shared import cursors
from shared.answers import Page
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ADMIN
from shared.triggers import get

LEASE = timedelta(minutes=10)
_START = ("-infinity", "00000000-0000-0000-0000-000000000000")


@get("/api/v1/admin/listings", roles={ADMIN})
def list_admin_listings(
    query: ReviewQuery, actor: Actor, db: Connection, now: datetime
) -> Page[Review]:
    """Read the moderation queue of listings, the oldest first.

    With `lease=true` the rows are the caller's for ten minutes, so that two moderators who ask at
    once get different work.
    """
    rules.require_leasable(query)
    scope = f"list_admin_listings:{query.state}"
    key, row_id = cursors.decode(scope, query.cursor) if query.cursor else _START
    if query.lease:
        page: queries.LeasePageOfReviewsRow | queries.PageOfReviewsRow = (
            queries.lease_page_of_reviews(
                db,
                moderator=actor.user_id,
                until=now + LEASE,
                own_businesses=list(actor.businesses),
                now=now,
                after_key=str(key),
                after_id=str(row_id),
                limit=query.limit,
            )
        )
    else:
        page = queries.page_of_reviews(
            db,
            state=query.state,
            now=now,
            after_key=str(key),
            after_id=str(row_id),
            limit=query.limit,
        )
    following = [page.last_key or "", page.last_id or ""]
    return Page(page.items, cursors.encode(scope, following) if page.more else None, query.limit)
