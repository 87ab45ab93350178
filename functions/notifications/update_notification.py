"""PATCH /api/v1/notifications/{notification_id}"""

from datetime import datetime
from uuid import UUID

from functions.notifications import _rules as rules
from functions.notifications._queries import feed as queries
from schemas.notifications import Notification, NotificationChange
from shared import projections
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.errors import NotFoundError
from shared.roles import ANY
from shared.triggers import patch


@patch("/api/v1/notifications/{notification_id}", roles=ANY, offline=True)
def update_notification(
    notification_id: UUID,
    body: NotificationChange,
    actor: Actor,
    db: Connection,
    now: datetime,
) -> Json[Notification]:
    """Mark a notification as read or unread; to repeat it changes nothing."""
    mine = {"id": notification_id, "user_id": actor.user_id}
    changed = queries.mark_notification(db, read=body.read, now=now, **mine)
    notification = changed or queries.notification(db, **mine)
    if notification is None:
        raise NotFoundError("You have no such notification.")
    if changed:
        projections.changed(db, rules.INBOX, actor.user_id, actor.uid)
    return Json(notification)
