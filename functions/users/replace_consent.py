"""PUT /api/v1/users/me/consents"""

from pydantic_core import to_json

from functions.users import _rules as rules
from functions.users._queries import consents
from schemas.users import Consent, ConsentChange
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import per_hour, put


@put("/api/v1/users/me/consents", roles=ANY, limit=per_hour(60))
def replace_consent(body: ConsentChange, actor: Actor, db: Connection) -> Json[list[Consent]]:
    """Agree or refuse anew. A purpose that is refused is not served from this moment on.

    The terms cannot be refused alone: delete the account instead.
    """
    rules.require_decisions(body.consents)
    decided = to_json(body.consents).decode()
    consents.put_consents(db, user_id=actor.user_id, consents=decided)
    purposes = list(rules.PURPOSES)
    return Json(consents.consents(db, user_id=actor.user_id, purposes=purposes))
