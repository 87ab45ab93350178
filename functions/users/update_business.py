"""PATCH /api/v1/businesses/{business_id}"""

from uuid import UUID

from functions.users import _rules as rules
from functions.users._queries import businesses, directory
from schemas.businesses import BusinessChange, OwnBusiness
from schemas.events.users import BusinessChanged
from shared import outbox
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.entry import IfMatch
from shared.policies.businesses import may_edit
from shared.roles import BUSINESS
from shared.triggers import patch


@patch("/api/v1/businesses/{business_id}", roles={BUSINESS})
def update_business(
    business_id: UUID, body: BusinessChange, version: IfMatch, actor: Actor, db: Connection
) -> Json[OwnBusiness]:
    """Change some fields of a business. Moving it to another city moves its point and zone too."""
    rules.require_known(db, business_id)
    authorize(may_edit, actor, business_id)
    rules.lock_own(db, business_id)
    before = businesses.business(db, id=business_id)
    rules.require_version(version, before.version, before.json)
    wanted = rules.changed(before, body)
    sound = rules.require_sound(db, wanted, before.language)
    slug = wanted.slug or before.slug
    if slug != before.slug and directory.holder_of_slug(db, slug=slug):
        raise rules.SlugTakenError
    now_version = businesses.update_business(db, id=business_id, slug=slug, document=sound.document)
    directory.put_public_business(db, id=business_id, words=sound.words)
    if slug != before.slug or rules.seen_of(wanted) != rules.seen_of(before):
        outbox.publish(db, BusinessChanged(business_id=business_id, version=now_version or version))
    return Json(businesses.own_business(db, id=business_id))
