"""`inboxes/{uid}`: what somebody's app shows of his notifications without asking."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.notifications import NotificationType
from schemas.shape import Instant, Language, Shape

NEWEST = 3
"""A listener pays for the whole document whenever it changes: no more than a glance shows."""


class InboxCard(Shape):
    """One of the newest notifications; GET /api/v1/notifications tells the whole."""

    id: UUID
    type: NotificationType
    subject_id: UUID
    language: Language
    title: str
    body: str
    created_at: Instant
    read_at: Instant | None


class Inbox(Shape):
    """The badge and the newest notifications."""

    unread: Annotated[int, Field(ge=0, le=100)]
    more: Annotated[bool, Field(description="There are more than `unread`.")]
    newest: Annotated[list[InboxCard], Field(max_length=NEWEST)]
