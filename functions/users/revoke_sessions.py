"""POST /api/v1/users/me/sessions/revoke"""

from functions.users._queries import sign_ins
from schemas.events.users import SessionsRevoked
from shared import audit, outbox
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import post


@post("/api/v1/users/me/sessions/revoke", roles=ANY, status=204, sensitive=True)
def revoke_sessions(actor: Actor, db: Connection) -> None:
    """Sign the caller out everywhere, this device too: every token of today is refused."""
    revoked = sign_ins.revoke_sessions(db, id=actor.user_id)
    audit.note(db, "account", actor.user_id, after={"revoked_after": revoked.revoked_after})
    outbox.publish(
        db,
        SessionsRevoked(
            user_id=actor.user_id, uid=actor.uid, signed_in_before=revoked.revoked_after
        ),
    )
