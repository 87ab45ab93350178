"""When somebody is forgotten, so is what he was told."""

from functions.notifications import _rules as rules
from functions.notifications._queries import feed as queries
from schemas.events.users import UserErased
from shared import projections
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_user_erased_delete_notifications(event: UserErased, db: Connection) -> None:
    """Empty his inbox, and have what his phone shows of it deleted."""
    queries.delete_notifications(db, user_id=event.user_id)
    projections.changed(db, rules.INBOX, event.user_id)
