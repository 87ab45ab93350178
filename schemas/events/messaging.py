"""What the messaging service announces: who did something where, and never what was said."""

from typing import Literal
from uuid import UUID

from schemas.shape import Event, Instant


class _ConversationEvent(Event):
    conversation_id: UUID

    def ordering_key(self) -> str:
        """Keep the events of one conversation in order."""
        return str(self.conversation_id)


class MessageSent(_ConversationEvent):
    """A message is stored, `seq` of its conversation."""

    message_id: UUID
    seq: int
    sender_id: UUID
    on_behalf_of: UUID | None
    sent_at: Instant


class MessageEdited(_ConversationEvent):
    """A message says something else; what it said before is kept for complaints alone."""

    message_id: UUID
    seq: int
    version: int
    edited_at: Instant


class MessageDeleted(_ConversationEvent):
    """A message is empty, because its sender took it back."""

    message_id: UUID
    seq: int
    version: int
    deleted_at: Instant


class ConversationRead(_ConversationEvent):
    """Somebody has got farther in a conversation: to his device, or in reading."""

    user_id: UUID
    party_id: UUID
    delivered_seq: int
    read_seq: int


class MessagesErased(_ConversationEvent):
    """All that somebody said in a conversation is empty, because his account is."""

    sender_id: UUID


class ConversationQueued(_ConversationEvent):
    """A support conversation waits for an agent: opened, opened again, given back, or left."""

    business_id: UUID
    cause: Literal["opened", "reopened", "passed", "left"]
    left_id: UUID | None
    waiting_since: Instant


class ConversationAssigned(_ConversationEvent):
    """A support conversation is an agent's: by the team's policy, or by somebody's hand."""

    business_id: UUID
    agent_id: UUID
    waiting_since: Instant
    assigned_at: Instant


class ConversationResolved(_ConversationEvent):
    """A support conversation is over, until somebody opens it again."""

    business_id: UUID
    agent_id: UUID | None
    resolved_at: Instant


class PromiseMissed(_ConversationEvent):
    """Who asked for support was not answered or helped by when the business wanted to.

    Once for each `round`: each time that it owes an answer, or is asked again.
    """

    business_id: UUID
    promise: Literal["first_response", "next_response", "resolution"]
    round: int
    due_at: Instant


class ConversationEscalated(_ConversationEvent):
    """Those of a rung of the ladder are to look at a support conversation.

    `told` are people to tell; if nobody, those who lead the business.
    """

    business_id: UUID
    cause: Literal["asked", "first_response", "next_response", "resolution"]
    level: Literal["agent", "lead", "manager"]
    told: list[UUID]
    asked_by: UUID | None
    round: int
    due_at: Instant


class MessagesWaiting(_ConversationEvent):
    """Somebody has not got what was said to him; `count` messages since `since_seq`, up to 100."""

    user_id: UUID
    from_id: UUID
    since_seq: int
    count: int


class PartyErased(_ConversationEvent):
    """One of the two of a conversation is no more: nobody names him in what he tells of it."""

    party_id: UUID
