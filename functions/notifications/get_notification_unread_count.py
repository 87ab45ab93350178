"""GET /api/v1/notifications/unread-count"""

from functions.notifications import _rules as rules
from functions.notifications._queries import feed as queries
from schemas.notifications import UnreadCount
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import get


@get("/api/v1/notifications/unread-count", roles=ANY)
def get_notification_unread_count(actor: Actor, db: Connection) -> UnreadCount:
    """Count the caller's unread notifications, for a badge."""
    unread = queries.unread(db, user_id=actor.user_id, limit=rules.COUNTED)
    return UnreadCount(count=unread.counted, more=unread.more)
