"""How long things are kept, what a sync cursor must be, and what the relay does with refusals."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from shared import cursors, log
from shared.auth import Actor
from shared.cloud import bus
from shared.errors import ConflictError

SENT_KEPT = timedelta(days=7)
INBOX_KEPT = timedelta(days=30)
"""Longer than anything is retried: Pub/Sub keeps a message for 7 days, a dead letter 7 more."""

KEYS_KEPT = timedelta(hours=48)
QUOTAS_KEPT = timedelta(days=400)
CHANGES_KEPT = timedelta(days=30)
CURSORS_KEPT = CHANGES_KEPT - timedelta(days=1)
"""A day less than the changes: a transaction may be older than its order in the feed tells."""


GIVE_UP = 3
"""So many messages refused in a row, and none taken: it is the bus."""


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


def hand_over(messages: list[bus.Message], held: set[str]) -> list[UUID]:
    """Send messages; return those the bus has. One that it refuses holds up its own key only.

    `held` are the ordering keys that wait behind a refused message. Raises `BusError` when the bus
    takes none: then it is the bus that fails, not a message.
    """
    free = [each for each in messages if each.ordering_key not in held]
    try:
        return [each.id for each in free] if free and bus.send(free) else []
    except Exception as error:  # noqa: BLE001  # whatever the client raises: find out by which message
        log.write("WARNING", "the bus refuses", error=type(error).__name__)
    taken: list[UUID] = []
    refused = 0
    for message in free:
        if message.ordering_key in held:
            continue
        if refused == GIVE_UP and not taken:
            break
        try:
            bus.send([message])
            taken.append(message.id)
        except Exception as error:  # noqa: BLE001  # as above; it stays in the outbox
            log.write("WARNING", "refused", outbox_id=message.id, error=type(error).__name__)
            refused += 1
            if message.ordering_key:
                held.add(message.ordering_key)
    if not taken:
        raise bus.BusError
    return taken


def _resync_required() -> ConflictError:
    return ConflictError(
        "This cursor no longer tells all changes. Ask without one and read the lists again.",
        code="RESYNC_REQUIRED",
        field="cursor",
    )


def _scope(actor: Actor) -> str:
    return f"get_sync:{actor.user_id}"
