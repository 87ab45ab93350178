"""DELETE /api/v1/users/me"""

from functions.users import _rules as rules
from functions.users._queries import erasure, sign_ins
from schemas.events.users import SessionsRevoked
from shared import audit, outbox
from shared.auth import Actor
from shared.db import Connection
from shared.errors import ConflictError
from shared.grace import GRACE
from shared.roles import ANY
from shared.triggers import delete


@delete("/api/v1/users/me", roles=ANY, sensitive=True)
def delete_me(actor: Actor, db: Connection) -> None:
    """Ask to be forgotten: signed out and locked at once, erased five days later.

    Until then a new sign-in may restore the account. A business that the caller alone owns is
    erased with him; while others belong to it, it must be handed over first.
    """
    rules.require_no_followers(db, actor)
    asked = erasure.ask_erasure(db, days=GRACE.days)
    if asked is None:
        raise ConflictError("This account waits to be erased already.", code="ALREADY_ERASING")
    sign_ins.delete_devices(db, user_id=actor.user_id)
    audit.note(
        db,
        "account",
        actor.user_id,
        before={"state": "active"},
        after={"state": "erasing", "erase_after": asked.erase_after},
    )
    outbox.publish(
        db,
        SessionsRevoked(user_id=actor.user_id, uid=actor.uid, signed_in_before=asked.revoked_after),
    )
