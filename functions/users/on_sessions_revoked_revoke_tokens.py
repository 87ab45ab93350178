"""When somebody has signed out everywhere, have nothing he signed in before refreshed."""

from schemas.events.users import SessionsRevoked
from shared.cloud import identity
from shared.triggers import on_event


@on_event(attempts=8)
def on_sessions_revoked_revoke_tokens(event: SessionsRevoked) -> None:
    """Revoke the refresh tokens; tokens that are out already are refused by the edge."""
    identity.revoke_refresh_tokens(event.uid, event.signed_in_before)
