"""POST /api/v1/conversations/{conversation_id}/escalate"""

from datetime import datetime
from uuid import UUID

from functions.messaging._rules import promising, sending, supporting
from schemas.teams import Escalation
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.errors import ConflictError
from shared.policies.conversations import may_resolve
from shared.roles import ANY
from shared.triggers import per_minute, post


@post(
    "/api/v1/conversations/{conversation_id}/escalate", roles=ANY, status=204, limit=per_minute(60)
)
def escalate_conversation(
    conversation_id: UUID, body: Escalation, actor: Actor, db: Connection, now: datetime
) -> None:
    """Have those who lead the team, or the business, look at a support conversation.

    It stays whose it is: they take it if they want to. Where nobody leads the team, those who lead
    the business are told.
    """
    case = supporting.case_of(db, sending.lock(db, actor, conversation_id))
    authorize(may_resolve, actor, case)
    if case.state == "resolved":
        raise ConflictError(
            "This conversation is resolved: open it again.", code="CONVERSATION_RESOLVED"
        )
    promising.escalate(db, actor, case, body.to, now)
