"""When a listing is submitted, new or edited, let that version wait for a decision."""

import json

from functions.admin import _queries as queries
from schemas.events.listings import ListingSubmitted
from shared.db import Connection
from shared.ids import new_id
from shared.triggers import on_event


@on_event()
def on_listing_submitted_open_review(event: ListingSubmitted, db: Connection) -> None:
    """Open the review of a listing; a newer version takes the place of an older one."""
    queries.open_review(
        db,
        id=new_id(),
        listing_id=event.listing_id,
        version=event.version,
        business_id=event.business_id,
        snapshot=json.dumps(event.snapshot),
        submitted_at=event.submitted_at,
    )
