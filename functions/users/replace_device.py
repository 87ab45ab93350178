"""PUT /api/v1/users/me/devices/{install_id}"""

from uuid import UUID

from functions.users._queries import sign_ins
from schemas.users import Device, DeviceRegistration
from shared.answers import Json
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import per_hour, put


@put("/api/v1/users/me/devices/{install_id}", roles=ANY, limit=per_hour(60))
def replace_device(
    install_id: UUID, body: DeviceRegistration, actor: Actor, db: Connection
) -> Json[Device]:
    """Send the caller's notifications to this install, and nobody else's any more."""
    sign_ins.take_device(
        db,
        install_id=install_id,
        push_token=body.push_token,
        platform=body.platform,
        app_version=body.app_version,
    )
    return Json(sign_ins.device(db, install_id=install_id, user_id=actor.user_id))
