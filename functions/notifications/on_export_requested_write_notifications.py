"""When somebody asks for his data, write down what he was told."""

from datetime import datetime

from functions.notifications._queries import feed as queries
from schemas.events.users import ExportRequested
from shared import exports
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_export_requested_write_notifications(
    event: ExportRequested, db: Connection, now: datetime
) -> None:
    """Write the part of this service, unless the export was given up."""
    if not exports.is_given_up(event, now):
        held = queries.export_part(db, user_id=event.user_id)
        exports.write_part(db, event, "notifications", held)
