"""What must be true of a decision, and the errors when it is not."""

from datetime import datetime
from uuid import UUID

from functions.admin import _queries as queries
from schemas.admin import ReviewQuery
from schemas.events.admin import ReviewDecided
from shared import audit, outbox
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.errors import ConflictError, InvalidError, NotFoundError
from shared.policies.reviews import may_decide


def require_leasable(query: ReviewQuery) -> None:
    """Demand that only what waits is leased."""
    if query.lease and query.state != "pending":
        raise InvalidError("Only pending reviews can be leased.", field="lease")


def require_note(reason: str, note: str | None) -> None:
    """Demand a sentence where the reason says nothing."""
    if reason == "OTHER" and note is None:
        raise InvalidError("Say why, when no reason fits.", code="NOTE_REQUIRED", field="note")


def require_review(db: Connection, listing_id: UUID, now: datetime) -> queries.ReviewOfListingRow:
    """Demand that a listing was submitted for a decision."""
    review = queries.review_of_listing(db, listing_id=listing_id, now=now)
    if review is None:
        raise NotFoundError("There is no review of this listing.")
    return review


def decide(
    db: Connection,
    actor: Actor,
    listing_id: UUID,
    version: int,
    now: datetime,
    *,
    reason: str | None = None,
    note: str | None = None,
) -> str:
    """Approve, or reject for a `reason`, once and only the version that was read; announce it."""
    authorize(may_decide, actor, require_review(db, listing_id, now))
    decided = queries.decide_review(
        db,
        listing_id=listing_id,
        version=version,
        moderator=actor.user_id,
        state="rejected" if reason else "approved",
        reason=reason,
        note=note,
        now=now,
    )
    if decided is None:
        # Read again: the statement that found nothing saw what others did meanwhile.
        raise _refusal(require_review(db, listing_id, now), version)
    audit.note(
        db,
        "listing",
        listing_id,
        before={"state": "pending", "version": version},
        after={"state": decided.state, "version": version},
        reason=reason,
    )
    outbox.publish(
        db,
        ReviewDecided(
            review_id=decided.id,
            target_type="listing",
            target_id=listing_id,
            target_version=version,
            approved=reason is None,
            reason=reason,
            note=note,
            decided_by=actor.user_id,
            decided_at=now,
        ),
    )
    return decided.json


def _refusal(review: queries.ReviewOfListingRow, version: int) -> ConflictError:
    if review.version != version:
        return ConflictError(
            "This listing was edited since you read it.",
            code="STALE_VERSION",
            field="version",
            current=review.json,
        )
    if review.state == "withdrawn":
        return ConflictError(
            "The owner withdrew this listing.", code="WITHDRAWN", current=review.json
        )
    if review.state != "pending":
        return ConflictError(
            "This listing was decided already.", code="ALREADY_DECIDED", current=review.json
        )
    return ConflictError(
        "Another moderator looks at this listing.", code="LEASED", current=review.json
    )
