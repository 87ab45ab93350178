"""When somebody asks for his data, write down what he said and with whom."""

from datetime import datetime

from functions.messaging._rules import exporting
from schemas.events.users import ExportRequested
from shared import exports
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_export_requested_write_messaging(
    event: ExportRequested, db: Connection, now: datetime
) -> None:
    """Write the part of this service, unless the export was given up."""
    if not exports.is_given_up(event, now):
        held = exporting.part(db, event.user_id, event.business_ids)
        exports.write_part(db, event, "messaging", held)
