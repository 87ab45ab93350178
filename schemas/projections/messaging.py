"""`conversations/{id}` and `conversations/{id}/messages/{seq}`: what an app shows as it is said."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.messaging import Kind, Reached, SaidMessage
from schemas.shape import Instant, Shape

WINDOW = 50
"""The newest messages of a conversation that have documents; the others are read from the API."""

MOST_MEMBERS = 500
"""A listener pays for the whole document; a larger circle reads from the API."""


class LiveParty(Shape):
    """One of the two sides, and how far its people have got."""

    id: UUID
    delivered_seq: Reached
    read_seq: Reached
    sent_seq: Annotated[Reached, Field(description="All up to here is on the way to a phone.")]


class LiveConversation(Shape):
    """Who may listen, and how far the conversation and its sides have got."""

    members: Annotated[
        list[str],
        Field(max_length=MOST_MEMBERS, description="Ids of sign-ins: only they may read."),
    ]
    kind: Kind
    parties: Annotated[list[LiveParty], Field(min_length=2, max_length=2)]
    last_seq: Reached
    updated_at: Annotated[Instant, Field(description="When the newest message was sent.")]


class LiveMessage(SaidMessage):
    """A message as the API tells it; its document is named by its number."""
