"""POST /api/v1/listings/{listing_id}/close"""

from datetime import datetime
from uuid import UUID

from functions.listings import _rules as rules
from functions.listings._queries import edits, own
from schemas.events.listings import ListingWithdrawn
from schemas.listings import Closing, Listing
from shared import outbox
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.listings import may_edit
from shared.roles import ADMIN, BUSINESS
from shared.triggers import post


@post("/api/v1/listings/{listing_id}/close", roles={BUSINESS, ADMIN}, offline=True)
def close_listing(
    listing_id: UUID, body: Closing, actor: Actor, db: Connection, now: datetime
) -> Json[Listing]:
    """End one's listing, saying how."""
    listing = rules.require_found(own.lock_listing(db, id=listing_id, now=now))
    authorize(may_edit, actor, listing)
    closed = edits.close_listing(
        db,
        id=listing_id,
        from_state=listing.stored_state,
        outcome=body.outcome,
        actor_id=actor.user_id,
        now=now,
    )
    if closed is None:
        rules.refuse_state(listing, "open")
    if listing.state == "pending":
        outbox.publish(
            db,
            ListingWithdrawn(
                listing_id=listing_id,
                business_id=closed.business_id,
                version=closed.version,
                title=closed.title,
            ),
        )
    return Json(closed.json)
