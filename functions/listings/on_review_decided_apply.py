"""When a review is decided, publish or reject the listing it was about."""

from functions.listings._queries import upkeep
from schemas.events.admin import ReviewDecided
from schemas.events.listings import ListingPublished, ListingRejected
from shared import outbox
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_review_decided_apply(event: ReviewDecided, db: Connection) -> None:
    """Apply a decision; one on a version that is no more is void, a new review waits for that."""
    if event.target_type != "listing":
        return
    if event.approved:
        listing = upkeep.approve_listing(
            db,
            id=event.target_id,
            version=event.target_version,
            decided_by=event.decided_by,
            decided_at=event.decided_at,
        )
        if listing is not None:
            row = listing._asdict()
            outbox.publish(db, ListingPublished(listing_id=row.pop("id"), **row))
        return
    reason = event.reason or "other"
    rejected = upkeep.reject_listing(
        db,
        id=event.target_id,
        version=event.target_version,
        reason=reason,
        note=event.note,
        decided_by=event.decided_by,
    )
    if rejected is not None:
        row = rejected._asdict()
        announced = ListingRejected(listing_id=row.pop("id"), **row, reason=reason, note=event.note)
        outbox.publish(db, announced)
