"""How a support conversation waits, gets its agent, is resolved, and comes back.

Whatever does something to the queue of a business first locks the conversation that it is about,
if any, and then the team; it ends by giving to the agents what they can take now. So nothing waits
beside somebody who could take it, and nothing has two agents.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from functions.messaging._queries import clocks, conversations, leaving, support, teams
from functions.messaging._rules import promising
from schemas.events.messaging import (
    ConversationAssigned,
    ConversationQueued,
    ConversationResolved,
)
from schemas.messaging import NewConversation
from shared import outbox
from shared.auth import Actor
from shared.db import Connection
from shared.errors import ConflictError

BATCH = 100


def case_of(db: Connection, conversation: conversations.LockConversationRow) -> support.CaseRow:
    """Return how far a locked conversation has got, which must be one of support."""
    found = support.case(db, id=conversation.id)
    if found is None:
        raise ConflictError("This is no support conversation.", code="NOT_SUPPORT")
    return found


def lock(db: Connection, conversation: conversations.LockConversationRow) -> support.CaseRow:
    """Return how far a locked conversation has got; nothing else changes its queue meanwhile."""
    teams.lock_team(db, business_id=case_of(db, conversation).business_id)
    return case_of(db, conversation)


def begin(
    db: Connection, actor: Actor, conversation_id: UUID, wanted: NewConversation, now: datetime
) -> None:
    """Have a new conversation wait."""
    support.open_case(
        db,
        id=conversation_id,
        business_id=wanted.business_id,
        customer_id=actor.user_id,
        skill=wanted.skill,
        language=wanted.language,
        now=now,
    )
    _announce(db, conversation_id, wanted.business_id, "opened", now)
    case = support.case(db, id=conversation_id)
    assert case is not None  # noqa: S101  # it was opened right here
    promising.begin(db, case, now)
    drain(db, wanted.business_id, now)


def reopen(
    db: Connection,
    case: support.CaseRow,
    now: datetime,
    *,
    skill: str | None = None,
    language: str | None = None,
) -> None:
    """Have a conversation wait again if it was resolved.

    Who had it gets it if he is online and has room, else whose turn it is.
    """
    if case.state != "resolved":  # its conversation is locked, and so is that of who resolves it
        return
    teams.lock_team(db, business_id=case.business_id)
    since = support.reopen_case(
        db, id=case.conversation_id, skill=skill, language=language, now=now
    )
    if since is not None:
        _announce(db, case.conversation_id, case.business_id, "reopened", since)
        promising.begin_again(db, case, now)
    drain(db, case.business_id, now)


def spoken(
    db: Connection,
    conversation: conversations.LockConversationRow,
    now: datetime,
    *,
    by_business: bool,
) -> None:
    """Note whose turn it is after a message; a customer's reopens what was resolved."""
    case = case_of(db, conversation)
    if by_business:
        promising.business_spoke(db, case, now)
    elif case.state == "resolved":
        reopen(db, case, now)
    else:
        promising.customer_spoke(db, case, now)


def assign(db: Connection, case: support.CaseRow, agent_id: UUID | None, now: datetime) -> None:
    """Give a conversation to an agent who is there, or back into the queue."""
    if case.state == "resolved":
        raise ConflictError(
            "This conversation is resolved: open it again.", code="CONVERSATION_RESOLVED"
        )
    if agent_id is None:
        if support.pass_case(db, id=case.conversation_id):
            _announce(
                db,
                case.conversation_id,
                case.business_id,
                "passed",
                case.waiting_since,
                left_id=case.agent_id,
            )
    elif agent_id != case.agent_id:
        if not teams.is_here(db, business_id=case.business_id, user_id=agent_id, now=now):
            raise ConflictError("This agent is not there.", code="AGENT_NOT_HERE", field="agent_id")
        support.assign_case(db, id=case.conversation_id, agent_id=agent_id, now=now)
        outbox.publish(
            db,
            ConversationAssigned(
                conversation_id=case.conversation_id,
                business_id=case.business_id,
                agent_id=agent_id,
                waiting_since=case.waiting_since,
                assigned_at=now,
            ),
        )
    drain(db, case.business_id, now)


def resolve(db: Connection, case: support.CaseRow, now: datetime) -> None:
    """Have a conversation be over; who had it has room again."""
    if support.resolve_case(db, id=case.conversation_id, now=now):
        promising.business_spoke(db, case, now)
        outbox.publish(
            db,
            ConversationResolved(
                conversation_id=case.conversation_id,
                business_id=case.business_id,
                agent_id=case.agent_id,
                resolved_at=now,
            ),
        )
    drain(db, case.business_id, now)


def drain(db: Connection, business_id: UUID, now: datetime) -> int:
    """Take from who is gone, give to who has room, and announce both; return how much that was."""
    steps = teams.drain_team(db, business_id=business_id, now=now)
    for step in steps:
        if step.agent_id is None:
            _announce(
                db,
                step.conversation_id,
                business_id,
                "left",
                step.waiting_since,
                left_id=step.left_id,
            )
        else:
            outbox.publish(
                db,
                ConversationAssigned(
                    conversation_id=step.conversation_id,
                    business_id=business_id,
                    agent_id=step.agent_id,
                    waiting_since=step.waiting_since,
                    assigned_at=now,
                ),
            )
    return len(steps)


def leave(db: Connection, user_id: UUID, now: datetime) -> None:
    """Have somebody be gone who is forgotten: from teams, and from the queues that he waits in."""
    while batch := leaving.teams_of(db, user_id=user_id, limit=BATCH):
        for business_id in (each.business_id for each in batch):
            who = {"business_id": business_id, "user_id": user_id}
            teams.lock_team(db, business_id=business_id)
            leaving.leave_team(db, **who)
            leaving.resolve_cases(db, now=now, **who)
            clocks.stop_clocks(db, **who)
            drain(db, business_id, now)
            leaving.delete_agent(db, **who)


def _announce(
    db: Connection,
    conversation_id: UUID,
    business_id: UUID,
    cause: Literal["opened", "reopened", "passed", "left"],
    waiting_since: datetime,
    *,
    left_id: UUID | None = None,
) -> None:
    outbox.publish(
        db,
        ConversationQueued(
            conversation_id=conversation_id,
            business_id=business_id,
            cause=cause,
            left_id=left_id,
            waiting_since=waiting_since,
        ),
    )
