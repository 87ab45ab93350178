"""POST /api/v1/admin/listings/{listing_id}/reject"""

from datetime import datetime
from uuid import UUID

from functions.admin import _rules as rules
from schemas.admin import Rejection, Review
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ADMIN
from shared.triggers import post


@post("/api/v1/admin/listings/{listing_id}/reject", roles={ADMIN})
def reject_admin_listing(
    listing_id: UUID, body: Rejection, actor: Actor, db: Connection, now: datetime
) -> Json[Review]:
    """Reject the version of a listing that the caller has read, and say why."""
    rules.require_note(body.reason, body.note)
    reason, note = body.reason, body.note
    return Json(rules.decide(db, actor, listing_id, body.version, now, reason=reason, note=note))
