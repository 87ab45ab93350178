"""What a cursor of the change feed must be."""

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple

from functions.platform._rules.keeping import CURSORS_KEPT
from shared import cursors
from shared.auth import Actor
from shared.errors import ConflictError


class Position(NamedTuple):
    """Where a reader of the change feed is: all up to this change of this transaction was read."""

    transaction: str
    change: int
    epoch: str
    circle: str
    at: int


def circle_of(actor: Actor) -> str:
    """Return a mark of whom the caller follows: himself and his businesses."""
    followed = ",".join(sorted(map(str, actor.businesses)))
    return hashlib.blake2b(followed.encode(), digest_size=8).hexdigest()


def cursor_of(actor: Actor, transaction: str, change: int, epoch: str, at: datetime) -> str:
    """Return the cursor that continues after a change; nobody else's device can use it."""
    position = Position(transaction, change, epoch, circle_of(actor), int(at.timestamp()))
    return cursors.encode(_scope(actor), position)


def require_position(actor: Actor, cursor: str, now: datetime) -> Position:
    """Demand a cursor of the caller that is young enough, and made for whom he follows today."""
    transaction, change, epoch, circle, at = cursors.decode(_scope(actor), cursor)
    position = Position(str(transaction), int(change), str(epoch), str(circle), int(at))
    too_old = datetime.fromtimestamp(position.at, UTC) < now - CURSORS_KEPT
    # Whoever joins a business has none of what it had before; whoever leaves has too much.
    if too_old or position.circle != circle_of(actor):
        raise _resync_required()
    return position


def require_continuity(position: Position, epoch: str, horizon: str) -> None:
    """Demand that the feed is the one that the cursor was made for, and has not gone back."""
    if position.epoch != epoch or int(position.transaction) > int(horizon):
        raise _resync_required()


def _resync_required() -> ConflictError:
    return ConflictError(
        "This cursor no longer tells all changes. Ask without one and read the lists again.",
        code="RESYNC_REQUIRED",
        field="cursor",
    )


def _scope(actor: Actor) -> str:
    return f"get_sync:{actor.user_id}"
