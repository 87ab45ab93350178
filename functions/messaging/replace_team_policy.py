"""PUT /api/v1/teams/{business_id}/policy"""

from datetime import datetime
from uuid import UUID

from functions.messaging._rules import manning
from schemas.teams import NewTeamPolicy, TeamPolicy
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.entry import IfMatch
from shared.policies.conversations import may_lead
from shared.roles import BUSINESS
from shared.triggers import per_hour, put


@put("/api/v1/teams/{business_id}/policy", roles={BUSINESS}, limit=per_hour(60))
def replace_team_policy(
    business_id: UUID,
    body: NewTeamPolicy,
    version: IfMatch,
    actor: Actor,
    db: Connection,
    now: datetime,
) -> TeamPolicy:
    """Say how a business shares its support conversations out; what waits goes by it at once.

    What waits longest goes to who has its skill and language, is online and has room: of several
    to the one whose last assignment is longest ago. What nobody of the team can, nobody need.
    """
    authorize(may_lead, actor, business_id)
    return manning.replace(db, business_id, body, version, now)
