"""GET /api/v1/notifications"""

from functions.notifications._queries import feed as queries
from schemas.notifications import Notification, NotificationQuery
from shared import cursors
from shared.answers import Page
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import get

_START = ("infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff")


@get("/api/v1/notifications", roles=ANY)
def list_notifications(
    query: NotificationQuery, actor: Actor, db: Connection
) -> Page[Notification]:
    """Read the caller's notifications, the newest first."""
    scope = f"list_notifications:{actor.user_id}:{query.unread_only}"
    key, row_id = cursors.decode(scope, query.cursor) if query.cursor else _START
    page = queries.page_of_notifications(
        db,
        user_id=actor.user_id,
        unread_only=query.unread_only,
        before_key=str(key),
        before_id=str(row_id),
        limit=query.limit,
    )
    following = [page.last_key or "", page.last_id or ""]
    return Page(page.items, cursors.encode(scope, following) if page.more else None, query.limit)
