"""When a business is forgotten, nobody listens to its conversations for it any more."""

from functions.messaging._rules import live
from schemas.events.users import BusinessErased
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_business_erased_leave_conversations(event: BusinessErased, db: Connection) -> None:
    """Have their documents written, and announce that one of the two is no more."""
    live.leave_all(db, event.business_id)
