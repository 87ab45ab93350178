"""When what is held of somebody is written down, tell him that he may fetch it."""

from functions.notifications import _rules as rules
from schemas.events.users import ExportReady
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_export_ready_notify_person(event: ExportReady, db: Connection) -> None:
    """Tell him once."""
    parameters = {"expires_at": event.expires_at.isoformat()}
    rules.tell_person(db, event.user_id, "export_ready", event.export_id, parameters)
