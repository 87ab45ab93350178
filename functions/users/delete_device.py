"""DELETE /api/v1/users/me/devices/{install_id}"""

from uuid import UUID

from functions.users._queries import sign_ins
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import delete


@delete("/api/v1/users/me/devices/{install_id}", roles=ANY, offline=True)
def delete_device(install_id: UUID, actor: Actor, db: Connection) -> None:
    """Send no more notifications to this install. One that is not the caller's stays as it is."""
    sign_ins.delete_device(db, install_id=install_id, user_id=actor.user_id)
