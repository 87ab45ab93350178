"""DELETE /api/v1/listings/{listing_id}"""

from datetime import datetime
from uuid import UUID

from functions.listings import _rules as rules
from functions.listings._queries import edits, own
from schemas.events.listings import ListingWithdrawn
from shared import outbox
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.listings import may_remove
from shared.roles import ADMIN, BUSINESS
from shared.triggers import delete


@delete("/api/v1/listings/{listing_id}", roles={BUSINESS, ADMIN}, offline=True)
def delete_listing(listing_id: UUID, actor: Actor, db: Connection, now: datetime) -> None:
    """Remove one's listing for good."""
    listing = rules.require_found(own.lock_listing(db, id=listing_id, now=now))
    authorize(may_remove, actor, listing)
    version = edits.remove_listing(
        db, id=listing_id, from_state=listing.stored_state, actor_id=actor.user_id
    )
    if version is None:
        rules.refuse_state(listing, "removable")
    if listing.state == "pending":
        outbox.publish(
            db,
            ListingWithdrawn(
                listing_id=listing_id,
                business_id=listing.business_id,
                version=version,
                title=listing.title,
            ),
        )
