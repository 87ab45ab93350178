"""When somebody joins or leaves a business, he begins or ceases to hear its conversations."""

from functions.messaging._rules import live
from schemas.events.users import MembersChanged
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_members_changed_show_conversations(event: MembersChanged, db: Connection) -> None:
    """Have the documents of all of them name its members as they are now."""
    live.changed_all(db, event.business_id)
