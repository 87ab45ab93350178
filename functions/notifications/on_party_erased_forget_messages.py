"""When one of the two of a conversation is forgotten, so is what was told of his messages."""

from functions.notifications import _rules as rules
from schemas.events.messaging import PartyErased
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_party_erased_forget_messages(event: PartyErased, db: Connection) -> None:
    """Take it out of the feed of whoever was told."""
    rules.forget_conversation(db, event.conversation_id)
