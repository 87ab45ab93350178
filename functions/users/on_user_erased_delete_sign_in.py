"""When an account is empty, have the identity provider forget the sign-in, then forget it too."""

from functions.users._queries import erasure, sign_ins
from schemas.events.users import UserErased
from shared.cloud import identity
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_user_erased_delete_sign_in(event: UserErased, db: Connection) -> None:
    """Delete the sign-in; what was announced and answered under it goes with it."""
    uid = erasure.erased_uid(db, user_id=event.user_id)
    if uid is None:
        return
    sign_ins.take_turn(db, uid=uid)
    identity.delete_user(uid)
    erasure.forget_caller(db, uid=uid)
    erasure.forget_events(db, keys=[str(event.user_id)])
    erasure.forget_uid(db, user_id=event.user_id)
