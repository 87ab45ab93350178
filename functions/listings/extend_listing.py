"""POST /api/v1/listings/{listing_id}/extend"""

from datetime import datetime
from uuid import UUID

from functions.listings import _rules as rules
from functions.listings._queries import edits, own
from schemas.events.listings import ListingPublished
from schemas.listings import Extension, Listing
from shared import outbox
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.listings import may_edit
from shared.roles import ADMIN, BUSINESS
from shared.triggers import per_hour, post


@post(
    "/api/v1/listings/{listing_id}/extend",
    roles={BUSINESS, ADMIN},
    limit=per_hour(60),
    offline=True,
)
def extend_listing(
    listing_id: UUID, body: Extension, actor: Actor, db: Connection, now: datetime
) -> Json[Listing]:
    """Give one's listing more time, at most seven days from now, up to 30 days after it expired."""
    listing = rules.require_found(own.lock_listing(db, id=listing_id, now=now))
    authorize(may_edit, actor, listing)
    rules.require_extensible(listing, body.duration_hours, now)
    extended = edits.extend_listing(
        db,
        id=listing_id,
        from_state=listing.stored_state,
        hours=body.duration_hours,
        actor_id=actor.user_id,
        now=now,
    )
    if extended is None:
        rules.refuse_state(listing, "extensible")
    if listing.state != "paused":
        outbox.publish(
            db,
            ListingPublished(
                listing_id=listing_id,
                business_id=extended.business_id,
                version=extended.version,
                title=extended.title,
                type=extended.type,
                category=extended.category,
                country=extended.country,
                published_at=extended.published_at,
                expires_at=extended.expires_at,
                first=False,
            ),
        )
    return Json(extended.json)
