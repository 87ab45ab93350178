"""GET /api/v1/conversations/token"""

from datetime import datetime, timedelta

from schemas.messaging import ListeningToken
from shared.auth import Actor
from shared.cloud import passes
from shared.roles import ANY
from shared.triggers import get

LASTS = timedelta(hours=1)


@get("/api/v1/conversations/token", roles=ANY)
def get_conversation_token(actor: Actor, now: datetime) -> ListeningToken:
    """Get a token for a screen that only listens: a browser's tab, or somebody else's device.

    Firebase's client signs in with it as a custom token. For an hour it opens the documents of the
    caller's conversations, those of now and those to come; nothing else of his, and not this API.
    An app that has signed in with Firebase itself needs none.
    """
    until = now + LASTS
    return ListeningToken(token=passes.listening(actor.uid, until), expires_at=until)
