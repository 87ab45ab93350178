"""POST /api/v1/users/me/export"""

from datetime import datetime

from functions.users._queries import exports as queries
from schemas.events.users import ExportRequested
from schemas.users import Export
from shared import audit, exports, outbox
from shared.auth import Actor
from shared.db import Connection
from shared.ids import new_id
from shared.roles import ANY
from shared.triggers import per_day, post


@post("/api/v1/users/me/export", roles=ANY, status=201, limit=per_day(3), sensitive=True)
def create_export(actor: Actor, db: Connection, now: datetime) -> Export:
    """Ask for all that is held of the caller. It takes some minutes; a notification says when.

    It may then be fetched for seven days.
    """
    export_id, expires_at = new_id(), now + exports.KEPT
    queries.insert_export(
        db, id=export_id, user_id=actor.user_id, asked_at=now, expires_at=expires_at
    )
    audit.note(db, "export", export_id, after={"state": "preparing", "expires_at": expires_at})
    outbox.publish(
        db,
        ExportRequested(
            export_id=export_id,
            user_id=actor.user_id,
            uid=actor.uid,
            business_ids=queries.owned_by(db, user_id=actor.user_id) or [],
            asked_at=now,
        ),
    )
    return Export(id=export_id, state="preparing", asked_at=now, expires_at=expires_at)
