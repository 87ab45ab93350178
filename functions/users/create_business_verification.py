"""POST /api/v1/businesses/{business_id}/verification"""

from uuid import UUID

from pydantic_core import to_json

from functions.users import _rules as rules
from functions.users._queries import businesses
from schemas.businesses import NewVerification, VerificationRequest
from schemas.events.users import VerificationRequested
from shared import outbox
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.errors import ConflictError
from shared.ids import new_id
from shared.policies.businesses import may_ask_for_verification
from shared.roles import BUSINESS
from shared.triggers import per_day, post


@post(
    "/api/v1/businesses/{business_id}/verification", roles={BUSINESS}, status=201, limit=per_day(20)
)
def create_business_verification(
    business_id: UUID, body: NewVerification, actor: Actor, db: Connection
) -> Json[VerificationRequest]:
    """Ask for a business to be verified; one request waits at a time."""
    rules.require_known(db, business_id)
    authorize(may_ask_for_verification, actor, business_id)
    rules.require_higher_level(db, business_id, body.level)
    request_id = new_id()
    request = businesses.insert_verification_request(
        db,
        id=request_id,
        business_id=business_id,
        requested_by=actor.user_id,
        level=body.level,
        documents=to_json(body.documents).decode(),
    )
    if request is None:
        raise ConflictError("An earlier request waits.", code="VERIFICATION_PENDING")
    outbox.publish(
        db,
        VerificationRequested(request_id=request_id, business_id=business_id, level=body.level),
    )
    return Json(request)
