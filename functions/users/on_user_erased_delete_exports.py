"""When somebody is forgotten, so is what he asked to be given."""

from schemas.events.users import UserErased
from shared import exports
from shared.triggers import on_event


@on_event(attempts=8)
def on_user_erased_delete_exports(event: UserErased) -> None:
    """Delete every object under his id; his account's rows went with the account."""
    exports.delete_all(event.user_id)
