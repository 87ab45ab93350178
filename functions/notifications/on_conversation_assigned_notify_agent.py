"""When a support conversation is assigned, tell the agent."""

from functions.notifications import _rules as rules
from schemas.events.messaging import ConversationAssigned
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_conversation_assigned_notify_agent(event: ConversationAssigned, db: Connection) -> None:
    """Tell him once of each time it becomes his."""
    rules.tell_person(
        db,
        event.agent_id,
        "conversation_assigned",
        event.conversation_id,
        {},
        once=event.assigned_at.isoformat(),
    )
