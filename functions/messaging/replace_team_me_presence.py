"""PUT /api/v1/teams/me/presence"""

from datetime import datetime

from functions.messaging._rules import manning
from schemas.teams import NewPresence, Presence
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.conversations import may_serve
from shared.roles import BUSINESS
from shared.triggers import per_minute, put


@put("/api/v1/teams/me/presence", roles={BUSINESS}, limit=per_minute(30))
def replace_team_me_presence(
    body: NewPresence, actor: Actor, db: Connection, now: datetime
) -> Presence:
    """Say whether one takes conversations of a business, and again every 20 seconds.

    Who is not heard of for a minute is offline: what was assigned to him waits for others, as long
    as it waited before. So it is with who says that he is `offline`, unless he comes back before.
    """
    authorize(may_serve, actor, body.business_id)
    return manning.hear(db, actor, body, now)
