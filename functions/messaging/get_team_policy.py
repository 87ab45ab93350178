"""GET /api/v1/teams/{business_id}/policy"""

from uuid import UUID

from functions.messaging._rules import manning
from schemas.teams import TeamPolicy
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.conversations import may_lead
from shared.roles import BUSINESS
from shared.triggers import get


@get("/api/v1/teams/{business_id}/policy", roles={BUSINESS})
def get_team_policy(business_id: UUID, actor: Actor, db: Connection) -> TeamPolicy:
    """Read how a business shares its support conversations out."""
    authorize(may_lead, actor, business_id)
    return manning.policy(db, business_id)
