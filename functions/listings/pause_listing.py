"""POST /api/v1/listings/{listing_id}/pause"""

from datetime import datetime
from uuid import UUID

from functions.listings import _rules as rules
from functions.listings._queries import edits, own
from schemas.listings import Listing
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.listings import may_edit
from shared.roles import ADMIN, BUSINESS
from shared.triggers import post


@post("/api/v1/listings/{listing_id}/pause", roles={BUSINESS, ADMIN}, offline=True)
def pause_listing(listing_id: UUID, actor: Actor, db: Connection, now: datetime) -> Json[Listing]:
    """Take one's listing off the market for a while; its time runs on."""
    listing = rules.require_found(own.lock_listing(db, id=listing_id, now=now))
    authorize(may_edit, actor, listing)
    paused = edits.pause_listing(db, id=listing_id, actor_id=actor.user_id, now=now)
    if paused is None:
        rules.refuse_state(listing, "published")
    return Json(paused.json)
