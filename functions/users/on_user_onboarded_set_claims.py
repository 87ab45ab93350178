"""When somebody has onboarded, tell his tokens what he may do."""

from functions.users._queries import sign_ins
from schemas.events.users import UserOnboarded
from shared.cloud import identity
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_user_onboarded_set_claims(event: UserOnboarded, db: Connection) -> None:
    """Set the claims to what the account holds now: an event that comes late does no harm."""
    sign_ins.take_turn(db, uid=event.uid)
    account = sign_ins.claims_of(db, id=event.user_id)
    if account is not None:
        identity.set_claims(
            account.uid,
            {
                "account_id": str(event.user_id),
                "roles": account.roles,
                "role_version": account.role_version,
            },
        )
