"""GET /api/v1/connections/suggestions"""

import json
from datetime import datetime

from functions.bizconnect._queries import matching
from functions.bizconnect._queries import suggestions as queries
from functions.bizconnect._rules import matching as rules
from functions.bizconnect._rules import model, reasons
from schemas.bizconnect import Suggestion, SuggestionQuery
from shared.answers import Page
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.connections import may_connect_for
from shared.roles import BUSINESS, FINANCIAL, PARTNER
from shared.triggers import get


@get("/api/v1/connections/suggestions", roles={BUSINESS, FINANCIAL, PARTNER})
def list_connection_suggestions(
    query: SuggestionQuery, actor: Actor, db: Connection, now: datetime
) -> Page[Suggestion]:
    """Read which businesses suit one's own, and why.

    What a business was shown today stays in its place until midnight of its zone, but what it
    connects with, blocks or is blocked by, and what closes, is gone at once. One in ten is drawn by
    chance. `meta.weights` is the version of the weights that rated them.
    """
    authorize(may_connect_for, actor, query.business_id)
    mine = query.business_id
    version: int = model.model()["version"]
    seeker = matching.seeker(db, business_id=mine, now=now)
    if seeker is None or not seeker.region:  # new: its own facts are not there yet
        return Page("[]", None, query.limit, {"weights": version})
    found = queries.shown(db, business_id=mine, day=seeker.day, now=now, limit=query.limit)
    if rules.room(found, query.limit):
        queries.lock_suggestions(db, business_id=str(mine))
        found = queries.shown(db, business_id=mine, day=seeker.day, now=now, limit=query.limit)
    if rules.room(found, query.limit):
        rules.suggest(db, mine, seeker, found, query.limit, now)
        found = queries.shown(db, business_id=mine, day=seeker.day, now=now, limit=query.limit)
    items = reasons.worded(db, json.loads(found.items), query.language or seeker.language)
    return Page(json.dumps(items, ensure_ascii=False), None, query.limit, {"weights": version})
