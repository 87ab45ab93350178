"""The in-app feed."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from schemas.shape import Instant, Language, PageQuery, Shape, Version

NotificationType = Literal[
    "listing_published",
    "listing_rejected",
    "listing_expiring",
    "listing_expired",
    "quota_renewed",
    "conversation_assigned",
    "conversation_escalated",
    "export_ready",
    "connection_requested",
    "connection_accepted",
    "connection_expired",
    "connection_requests_renewed",
    "messages_waiting",
]


class NotificationQuery(PageQuery):
    """Which notifications to read."""

    unread_only: bool = False


class Notification(Shape):
    """Something that happened, told to one person."""

    id: UUID
    type: NotificationType
    title: str
    body: str
    language: Annotated[Language, Field(description="Of title and body.")]
    parameters: Annotated[
        dict[str, Any],
        Field(description="What title and body were made from; instants are for the app to show."),
    ]
    subject_id: Annotated[
        UUID,
        Field(
            description="What it is about: the listing, the business, the export, the connection "
            "or the conversation."
        ),
    ]
    version: Version
    created_at: Instant
    read_at: Instant | None


class NotificationChange(Shape):
    """Whether the person has read it."""

    read: bool = Field(examples=[True])


class UnreadCount(Shape):
    """How many notifications are unread, counted up to a hundred."""

    count: Annotated[int, Field(ge=0, le=100)]
    more: Annotated[bool, Field(description="There are more than `count`.")]


class ReadAll(Shape):
    """What to mark as read."""

    before: Annotated[
        Instant | None,
        Field(
            description="The `created_at` of the newest one that was seen; now if left out.",
            examples=["2026-11-22T09:30:00Z"],
        ),
    ] = None


class MarkedRead(Shape):
    """What one call marked."""

    count: Annotated[int, Field(ge=0, description="How many were marked, 1,000 a call at most.")]
    more: Annotated[bool, Field(description="There may be more: send the same again.")]


class Told(Shape):
    """Something that somebody was told, to be shown on his installs."""

    notification_id: UUID
