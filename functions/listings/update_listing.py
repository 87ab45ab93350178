"""PATCH /api/v1/listings/{listing_id}"""

from datetime import datetime
from uuid import UUID

from functions.listings import _rules as rules
from functions.listings._queries import own
from schemas.listings import Listing, ListingChange
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.entry import IfMatch
from shared.policies.listings import may_edit
from shared.roles import ADMIN, BUSINESS
from shared.triggers import patch, per_hour


@patch("/api/v1/listings/{listing_id}", roles={BUSINESS, ADMIN}, limit=per_hour(60), offline=True)
def update_listing(
    listing_id: UUID,
    body: ListingChange,
    version: IfMatch,
    actor: Actor,
    db: Connection,
    now: datetime,
) -> Json[Listing]:
    """Change parts of one's listing.

    On the market, a price of the same kind and currency, attributes, location, reach and duration
    change at once. With anything else changed the listing leaves the market until it is approved
    again; it keeps its id and its place among the newest.
    """
    listing = rules.require_found(own.lock_listing(db, id=listing_id, now=now))
    authorize(may_edit, actor, listing)
    rules.require_version(listing, version)
    wanted = rules.changed(rules.content_of(listing.json), body)
    return Json(rules.edit(db, actor, listing_id, listing, wanted, now))
