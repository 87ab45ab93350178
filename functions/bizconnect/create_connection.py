"""POST /api/v1/connections"""

from datetime import datetime

from functions.bizconnect._queries import requests
from functions.bizconnect._rules import requests as rules
from functions.bizconnect._rules import steps
from schemas.bizconnect import BusinessConnection, NewConnection
from shared.answers import Json
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.connections import may_connect_for
from shared.roles import BUSINESS, FINANCIAL, PARTNER
from shared.triggers import per_hour, post


@post(
    "/api/v1/connections",
    roles={BUSINESS, FINANCIAL, PARTNER},
    status=201,
    limit=per_hour(60, premium=300),
)
def create_connection(
    body: NewConnection, actor: Actor, db: Connection, now: datetime
) -> Json[BusinessConnection]:
    """Ask another business for a connection; where it has asked already, the two are connected."""
    authorize(may_connect_for, actor, body.business_id)
    rules.require_two(body)
    mine, other = body.business_id, body.to_business_id
    requests.lock_pair(db, business_id=mine, other_id=other)
    known = requests.facts(db, business_id=mine, other_id=other)
    found = requests.connection_between(db, business_id=mine, other_id=other, now=now)
    if found is not None and not found.visible:
        raise rules.no_such_business()
    pair = rules.require_pair(known, body.market)
    if found is not None and rules.crosses(found, mine):
        return Json(steps.accept(db, found.id, mine, pair.name, now))
    if found is not None:
        rules.require_askable(found, mine, now)
    rules.require_room(db, other, now)
    asked = rules.ask(db, body, pair, now)
    rules.require_quota(db, mine, now)
    return Json(asked)
