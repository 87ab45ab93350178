"""POST /api/v1/businesses"""

from functions.users import _rules as rules
from functions.users._queries import businesses, directory, members
from schemas.businesses import NewBusiness, OwnBusiness
from schemas.events.users import BusinessChanged
from shared import outbox
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.ids import new_id
from shared.roles import BUSINESS
from shared.triggers import per_hour, post


@post("/api/v1/businesses", roles={BUSINESS}, status=201, limit=per_hour(20))
def create_business(body: NewBusiness, actor: Actor, db: Connection) -> Json[OwnBusiness]:
    """Register a business; the caller becomes its owner."""
    language = businesses.language_of(db, id=actor.user_id)
    sound = rules.require_sound(db, body, language or "en")
    business_id = new_id()
    businesses.enter_business(db, id=str(business_id))
    slugs = [body.slug] if body.slug else rules.slugs_for(body.name, business_id.hex[-8:])
    if not any(
        businesses.insert_business(db, id=business_id, slug=slug, document=sound.document)
        for slug in slugs
    ):
        raise rules.SlugTakenError
    members.insert_member(db, business_id=business_id, user_id=actor.user_id, role="owner")
    directory.put_public_business(db, id=business_id, words=sound.words)
    outbox.publish(db, BusinessChanged(business_id=business_id, version=1))
    return Json(businesses.own_business(db, id=business_id))
