"""When somebody leaves a business, what was assigned to him waits for others at once."""

from datetime import datetime

from functions.messaging._rules import supporting
from schemas.events.users import MembersChanged
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_members_changed_requeue_conversations(
    event: MembersChanged, db: Connection, now: datetime
) -> None:
    """Look through the team; he would be missed a minute later anyway."""
    supporting.drain(db, event.business_id, now)
