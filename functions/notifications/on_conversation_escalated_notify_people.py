"""When a customer was kept waiting, or an agent asks for help, tell the next on the ladder."""

from functions.notifications import _rules as rules
from schemas.events.messaging import ConversationEscalated
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_conversation_escalated_notify_people(event: ConversationEscalated, db: Connection) -> None:
    """Tell those of a rung once; where there is none on it, those who lead the business."""
    about = (event.conversation_id, {"cause": event.cause})
    once = f"{event.cause}:{event.round}:{event.level}:{event.due_at.isoformat()}"
    if event.told:
        for user_id in event.told:
            rules.tell_person(db, user_id, "conversation_escalated", *about, once=once)
    else:
        rules.tell_business(db, event.business_id, "conversation_escalated", *about, once=once)
