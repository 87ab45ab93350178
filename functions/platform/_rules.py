"""How long things are kept, what a sync cursor must be, what the relay does with refusals, and
when the audit log is whole.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from functions.platform import _queries as queries
from schemas.events.platform import AuditChainBroken
from shared import cursors, log, outbox
from shared.auth import Actor
from shared.cloud import bus
from shared.db import Connection
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


def walk(db: Connection, chain: queries.AuditChainsRow, now: datetime, batch: int) -> int:
    """Verify the next `batch` entries of a chain; return how many there were.

    Whoever can write the tables can compute hashes: a chain shows that it was rewritten only to
    those who know what it was. So each is held against its head, against the newest entry that an
    earlier run has seen and, by whoever reads the logs, against the lines that it leaves there.
    """
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    anew = chain.lap_at is None or chain.lap_at < today
    start, start_hash = (0, bytes(32)) if anew else (chain.walked, chain.walked_hash)
    found = queries.audit_stretch(
        db, chain=chain.chain, walked=start, walked_hash=start_hash, seen=chain.seen, limit=batch
    )
    end, end_hash = found.last_seq or start, found.last_hash or start_hash
    arrived = found.found < batch
    wrong = [] if found.broken is None else [found.broken]
    if chain.seen and found.seen_hash != chain.seen_hash:
        wrong.append(chain.seen)
    if arrived and (end, end_hash) != (found.head_seq, found.head_hash):
        wrong.append(end + 1)
    broken = min(wrong, default=None)
    report = broken is not None and (chain.reported_at is None or chain.reported_at < today)
    if broken is not None:
        log.write("ERROR", "the audit log is broken", chain=chain.chain, seq=broken)
        if report:
            outbox.publish(db, AuditChainBroken(chain=chain.chain, seq=broken))
    elif arrived and found.found:
        # Where nobody who can write the database can: the anchor of all that came before.
        log.write("INFO", "audit verified", chain=chain.chain, seq=end, hash=end_hash.hex())
    if anew or found.found or report:
        further = broken is None and end > chain.seen
        queries.put_audit_checkpoint(
            db,
            chain=chain.chain,
            seen=end if further else chain.seen,
            seen_hash=end_hash if further else chain.seen_hash,
            lap_at=today if anew else chain.lap_at or today,
            walked=end,
            walked_hash=end_hash,
            reported_at=today if report else chain.reported_at,
        )
    return found.found


def _resync_required() -> ConflictError:
    return ConflictError(
        "This cursor no longer tells all changes. Ask without one and read the lists again.",
        code="RESYNC_REQUIRED",
        field="cursor",
    )


def _scope(actor: Actor) -> str:
    return f"get_sync:{actor.user_id}"
