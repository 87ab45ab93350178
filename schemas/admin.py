"""What moderators see and decide."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.shape import Instant, PageQuery, Shape, Version

ReviewState = Literal["pending", "approved", "rejected", "withdrawn"]
Reason = Literal[
    "PROHIBITED_ITEM",
    "MISLEADING",
    "WRONG_CATEGORY",
    "CONTACT_IN_TEXT",
    "BAD_PHOTO",
    "DUPLICATE",
    "OTHER",
]
ReviewedVersion = Annotated[
    int,
    Field(
        ge=1, le=2**31 - 1, description="The `version` of the review that you read.", examples=[1]
    ),
]


class ReviewQuery(PageQuery):
    """Which reviews of listings to read."""

    state: ReviewState = "pending"
    lease: Annotated[
        bool,
        Field(
            description=(
                "Keep the returned rows for the caller for ten minutes; rows that others keep, and "
                "rows of the caller's own businesses, are left out. Only with `state=pending`."
            )
        ),
    ] = False


class Approval(Shape):
    """What is approved: this version and no other."""

    version: ReviewedVersion


class Rejection(Shape):
    """What is rejected, and why: the owner reads the reason in his language."""

    version: ReviewedVersion
    reason: Reason = Field(examples=["MISLEADING"])
    note: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=500)] | None,
        Field(
            description="For the owner, as he will read it; required with OTHER.",
            examples=["The photo shows another model than the title names."],
        ),
    ] = None


class Review(Shape):
    """A listing that waits for a decision, or the decision."""

    id: UUID
    listing_id: UUID
    version: Version
    business_id: UUID
    snapshot: Annotated[
        dict[str, Any], Field(description="The listing as its author submitted it.")
    ]
    state: ReviewState
    submitted_at: Instant
    leased_by: Annotated[UUID | None, Field(description="The moderator who looks at it now.")]
    leased_until: Instant | None
    decided_by: UUID | None
    decided_at: Instant | None
    reason: Reason | None
    note: str | None
