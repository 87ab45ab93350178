"""POST /api/v1/admin/listings/{listing_id}/approve"""

from datetime import datetime
from uuid import UUID

from functions.admin import _rules as rules
from schemas.admin import Approval, Review
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ADMIN
from shared.triggers import post


@post("/api/v1/admin/listings/{listing_id}/approve", roles={ADMIN})
def approve_admin_listing(
    listing_id: UUID, body: Approval, actor: Actor, db: Connection, now: datetime
) -> Json[Review]:
    """Approve the version of a listing that the caller has read."""
    return Json(rules.decide(db, actor, listing_id, body.version, now))
