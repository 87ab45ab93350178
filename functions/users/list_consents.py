"""GET /api/v1/users/me/consents"""

from functions.users import _rules as rules
from functions.users._queries import consents
from schemas.users import Consent
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import get


@get("/api/v1/users/me/consents", roles=ANY)
def list_consents(actor: Actor, db: Connection) -> Json[list[Consent]]:
    """Read what the caller agreed to and refused, every purpose with its history."""
    purposes = list(rules.PURPOSES)
    return Json(consents.consents(db, user_id=actor.user_id, purposes=purposes))
