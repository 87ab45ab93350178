"""When the last part of an export is written, make one archive of them and say that it is ready."""

from datetime import datetime

from functions.users._queries import exports as queries
from schemas.events.exports import ExportPartWritten
from schemas.events.users import ExportReady
from shared import exports, outbox
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_export_part_written_assemble_export(
    event: ExportPartWritten, db: Connection, now: datetime
) -> None:
    """Note the part; an export that was made or deleted meanwhile needs it no more."""
    export = queries.note_part(db, id=event.export_id, part=event.part)
    if export is None or export.parts != [*exports.PARTS]:
        return
    exports.assemble(event.user_id, event.export_id)
    queries.finish_export(db, id=event.export_id, now=now)
    outbox.publish(
        db,
        ExportReady(export_id=event.export_id, user_id=event.user_id, expires_at=export.expires_at),
    )
