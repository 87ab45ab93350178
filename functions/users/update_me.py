"""PATCH /api/v1/users/me"""

from pydantic_core import to_json

from functions.users import _rules as rules
from functions.users._queries import accounts
from schemas.users import User, UserChange
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.entry import IfMatch
from shared.roles import ANY
from shared.triggers import patch


@patch("/api/v1/users/me", roles=ANY, offline=True)
def update_me(body: UserChange, version: IfMatch, actor: Actor, db: Connection) -> Json[User]:
    """Change some fields of the caller's account. A new phone has to be verified anew."""
    before = accounts.lock_account(db, id=actor.user_id)
    rules.require_version(version, before.version, before.json)
    change = body.model_dump(exclude_none=True)
    country = body.country or before.country
    if body.country or body.zone:
        rules.require_country(db, country, body.zone or before.zone)
    if body.phone:
        phone = rules.require_phone(body.phone, country)
        proven = phone.e164 == actor.phone
        if proven:
            accounts.take_phone(db, number=phone.e164)
        verified = proven or (before.phone_verified and phone.e164 == before.phone)
        change |= {"phone": phone.e164, "phone_raw": phone.raw, "phone_verified": verified}
    accounts.update_account(db, id=actor.user_id, change=to_json(change).decode())
    accounts.put_profile(db, id=actor.user_id)
    return Json(accounts.user(db, id=actor.user_id))
