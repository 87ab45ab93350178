"""POST /api/v1/listings/{listing_id}/resume"""

from datetime import datetime
from uuid import UUID

from functions.listings import _rules as rules
from functions.listings._queries import edits, own
from schemas.events.listings import ListingPublished
from schemas.listings import Listing
from shared import outbox
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.listings import may_edit
from shared.roles import ADMIN, BUSINESS
from shared.triggers import post


@post("/api/v1/listings/{listing_id}/resume", roles={BUSINESS, ADMIN}, offline=True)
def resume_listing(listing_id: UUID, actor: Actor, db: Connection, now: datetime) -> Json[Listing]:
    """Put one's paused listing back on the market for the time it has left."""
    listing = rules.require_found(own.lock_listing(db, id=listing_id, now=now))
    authorize(may_edit, actor, listing)
    resumed = edits.resume_listing(db, id=listing_id, actor_id=actor.user_id, now=now)
    if resumed is None:
        rules.refuse_state(listing, "paused")
    outbox.publish(
        db,
        ListingPublished(
            listing_id=listing_id,
            business_id=resumed.business_id,
            version=resumed.version,
            title=resumed.title,
            type=resumed.type,
            category=resumed.category,
            country=resumed.country,
            published_at=resumed.published_at,
            expires_at=resumed.expires_at,
            first=False,
        ),
    )
    return Json(resumed.json)
