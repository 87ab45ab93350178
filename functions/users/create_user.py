"""POST /api/v1/users"""

from pydantic_core import to_json

from functions.users import _rules as rules
from functions.users._queries import accounts, consents
from schemas.events.users import UserOnboarded
from schemas.users import NewUser, User
from shared import outbox
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.errors import ConflictError
from shared.ids import new_id
from shared.roles import SIGNED_IN
from shared.triggers import per_hour, post


@post("/api/v1/users", roles=SIGNED_IN, status=201, limit=per_hour(20))
def create_user(body: NewUser, actor: Actor, db: Connection) -> Json[User]:
    """Onboard: give the caller's sign-in an account."""
    rules.require_country(db, body.country, body.zone)
    rules.require_terms(body.consents)
    phone = rules.require_phone(body.phone, body.country)
    user_id = new_id()
    proven = phone.e164 == actor.phone
    accounts.enter_account(db, id=str(user_id))
    if proven:
        accounts.take_phone(db, number=phone.e164)
    account = accounts.insert_account(
        db,
        id=user_id,
        uid=actor.uid,
        roles=[body.role],
        given_name=body.given_name,
        family_name=body.family_name,
        country=body.country,
        language=body.language,
        zone=body.zone,
        phone=phone.e164,
        phone_raw=phone.raw,
        phone_verified=proven,
    )
    if account is None:
        raise ConflictError("This sign-in has an account already.", code="ALREADY_ONBOARDED")
    consents.put_consents(db, user_id=user_id, consents=to_json(body.consents).decode())
    accounts.put_profile(db, id=user_id)
    outbox.publish(
        db, UserOnboarded(user_id=user_id, uid=actor.uid, roles=[body.role], role_version=1)
    )
    return Json(account.json)
