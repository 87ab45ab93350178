"""POST /api/v1/listings"""

import json
from datetime import datetime

from functions.listings import _rules as rules
from functions.listings._queries import edits
from schemas.events.listings import ListingSubmitted
from schemas.listings import Listing, NewListing
from shared import outbox
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.errors import ConflictError
from shared.ids import new_id
from shared.policies.listings import may_publish_for
from shared.roles import ADMIN, BUSINESS
from shared.triggers import per_hour, post


@post(
    "/api/v1/listings",
    roles={BUSINESS, ADMIN},
    status=201,
    limit=per_hour(20, premium=100),
    offline=True,
)
def create_listing(body: NewListing, actor: Actor, db: Connection, now: datetime) -> Json[Listing]:
    """Submit an offer or a request of one's business; it is on the market once it is approved."""
    authorize(may_publish_for, actor, body.business_id)
    if body.id is not None:
        rules.require_own_id(body.id)
    listing_id = body.id or new_id()
    content = rules.require_content(db, rules.tidied(body), body.business_id)
    listing = edits.insert_listing(
        db,
        id=listing_id,
        business_id=body.business_id,
        actor_id=actor.user_id,
        content=content,
        now=now,
    )
    if listing is None:
        raise ConflictError("There is a listing with this id.", code="LISTING_EXISTS", field="id")
    rules.require_quota(db, body.business_id, now)
    outbox.publish(
        db,
        ListingSubmitted(
            listing_id=listing_id,
            business_id=body.business_id,
            version=listing.version,
            title=listing.title,
            submitted_at=listing.updated_at,
            snapshot=json.loads(listing.json),
        ),
    )
    return Json(listing.json)
