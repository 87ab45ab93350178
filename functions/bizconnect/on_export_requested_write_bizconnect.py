"""When somebody asks for his data, write down the connections of his businesses."""

from datetime import datetime

from functions.bizconnect._queries import exports as queries
from schemas.events.users import ExportRequested
from shared import exports
from shared.db import Connection
from shared.triggers import on_event


@on_event(attempts=8)
def on_export_requested_write_bizconnect(
    event: ExportRequested, db: Connection, now: datetime
) -> None:
    """Write the part of this service, unless the export was given up."""
    if not exports.is_given_up(event, now):
        held = queries.export_part(db, business_ids=event.business_ids)
        exports.write_part(db, event, "bizconnect", held)
