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


class AuditQuery(PageQuery):
    """Which entries of the audit log to read."""

    actor_id: Annotated[UUID | None, Field(description="Who acted.")] = None
    target_id: Annotated[UUID | None, Field(description="What was acted upon.")] = None
    operation: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,63}$")] | None,
        Field(description="An `operationId`.", examples=["approve_admin_listing"]),
    ] = None


class AuditEntry(Shape):
    """Who did what, in which role, to what, why, and by which request."""

    id: UUID
    chain: Annotated[
        str, Field(description="The service whose operation it was.", examples=["admin"])
    ]
    seq: Annotated[int, Field(ge=1, description="The place in the chain, without gaps.")]
    at: Instant
    actor_id: UUID
    role: Annotated[str, Field(description="The role that let the actor in.", examples=["admin"])]
    on_behalf_of: Annotated[
        UUID | None, Field(description="The business or the person in whose name.")
    ]
    operation: Annotated[
        str, Field(description="An `operationId`.", examples=["approve_admin_listing"])
    ]
    target_type: Annotated[str | None, Field(examples=["listing"])]
    target_id: UUID | None
    before: Annotated[
        dict[str, Any] | None,
        Field(description="Refers to what was: versions, states, names of fields; no values."),
    ]
    after: dict[str, Any] | None
    reason: Annotated[str | None, Field(description="A code.", examples=["MISLEADING"])]
    request_id: UUID
    previous: Annotated[
        str, Field(description="The `hash` of the entry before, in hex.", examples=["00" * 32])
    ]
    hash: Annotated[
        str,
        Field(
            description="SHA-256 of `previous` and of all that is said here.", examples=["5f" * 32]
        ),
    ]
