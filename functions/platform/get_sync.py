"""GET /api/v1/sync"""

import json
from datetime import datetime

from functions.platform._queries import feed
from functions.platform._rules import feed as rules
from schemas.platform import Sync, SyncQuery
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import get


@get("/api/v1/sync", roles=ANY)
def get_sync(query: SyncQuery, actor: Actor, db: Connection, now: datetime) -> Json[Sync]:
    """Read what changed for the caller and his businesses since the last call.

    Call without a cursor first: the answer has none of the changes, `reset` and a cursor. Keep it,
    read the lists, and call with the newest cursor from then on. Only the last change of an entity
    is told in one answer, and the same change may be told again. 409 with `RESYNC_REQUIRED` means
    that the cursor is too old, that the caller joined or left a business, or that the database was
    started again, perhaps with older data: start again without a cursor.
    """
    if query.cursor is None:
        start = feed.position(db)
        cursor = rules.cursor_of(actor, start.horizon, 0, start.epoch, now)
        return _answer("[]", cursor, more=False, reset=True)
    position = rules.require_position(actor, query.cursor, now)
    read = feed.changes_since(
        db,
        audiences=[actor.user_id, *actor.businesses],
        after_transaction=position.transaction,
        after_id=position.change,
        limit=query.limit,
    )
    rules.require_continuity(position, read.epoch, read.horizon)
    more = read.found == query.limit
    if more and read.last_transaction and read.last_id and read.last_changed_at:
        reached = (read.last_transaction, read.last_id, read.epoch, read.last_changed_at)
    else:
        reached = (read.horizon, 0, read.epoch, now)
    return _answer(read.items, rules.cursor_of(actor, *reached), more=more, reset=False)


def _answer(changes: str, cursor: str, *, more: bool, reset: bool) -> Json[Sync]:
    rest = json.dumps({"cursor": cursor, "more": more, "reset": reset})
    return Json(f'{{"changes":{changes},{rest[1:]}')
