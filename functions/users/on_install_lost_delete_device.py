"""When Cloud Messaging knows an install no more, send nothing to it."""

from functions.users._queries import sign_ins
from schemas.events.installs import InstallLost
from shared.db import Connection
from shared.triggers import on_event


@on_event()
def on_install_lost_delete_device(event: InstallLost, db: Connection) -> None:
    """Forget it, unless it has got another push token since."""
    sign_ins.delete_lost_device(db, install_id=event.install_id, fingerprint=event.fingerprint)
