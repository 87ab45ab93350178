"""GET /api/v1/users/me/exports/{export_id}"""

from datetime import datetime
from uuid import UUID

from functions.users._queries import exports as queries
from schemas.users import Export, ExportDownload
from shared import audit, exports
from shared.auth import Actor
from shared.db import Connection
from shared.errors import NotFoundError
from shared.roles import ANY
from shared.triggers import get


@get("/api/v1/users/me/exports/{export_id}", roles=ANY, sensitive=True)
def get_export(export_id: UUID, actor: Actor, db: Connection, now: datetime) -> Export:
    """Read how an export stands; when it is ready, where it may be downloaded for five minutes."""
    export = queries.export(db, id=export_id, user_id=actor.user_id, now=now)
    if export is None:
        raise NotFoundError("There is no such export.")
    audit.note(db, "export", export_id, after={"state": export.state})
    ready, download = export.state == "ready", None
    if ready:
        link = exports.link(actor.user_id, export_id)
        download = ExportDownload(url=link, expires_at=now + exports.LINK_LASTS)
    return Export(
        id=export_id,
        state="ready" if ready else "preparing",
        asked_at=export.asked_at,
        expires_at=export.expires_at,
        download=download,
    )
