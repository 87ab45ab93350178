"""What the two businesses of a connection may make of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from functions.bizconnect._queries import steps
from functions.bizconnect._rules.requests import COOLS, refuse
from schemas.events.bizconnect import ConnectionAccepted, ConnectionEnded
from shared import outbox
from shared.db import Connection
from shared.errors import NotFoundError

State = Literal["accepted", "declined", "withdrawn", "removed", "blocked"]


@dataclass(frozen=True, slots=True)
class Step:
    """What an action asks of a connection as the acting business sees it, and makes of it."""

    side: str | None
    """Of which business: `requester`, `receiver`, or None for either."""
    statuses: frozenset[str]
    becomes: State


_ANY = frozenset({"pending", "accepted", "declined", "withdrawn", "expired", "removed"})

STEPS: Final[Mapping[str, Step]] = {
    "accept": Step("receiver", frozenset({"pending", "declined"}), "accepted"),
    "decline": Step("receiver", frozenset({"pending"}), "declined"),
    "withdraw": Step("requester", frozenset({"pending"}), "withdrawn"),
    "remove": Step(None, frozenset({"accepted"}), "removed"),
    "block": Step(None, _ANY, "blocked"),
    "unblock": Step(None, frozenset({"blocked"}), "removed"),
}
"""A blocked connection is seen by the one that blocked alone, so either means that one there."""


def require_found(found: steps.LockConnectionRow | None) -> steps.LockConnectionRow:
    """Demand a connection that the caller may know of."""
    if found is None:
        raise NotFoundError("There is no such connection.", code="CONNECTION_NOT_FOUND")
    return found


def take(db: Connection, action: str, found: steps.LockConnectionRow, now: datetime) -> str:
    """Do something to a connection that is locked, and announce it; done before, it is done."""
    step = STEPS[action]
    if found.status == step.becomes:
        return found.json
    mine = "requester" if found.mine == found.requester_id else "receiver"
    if step.side not in {None, mine}:
        asked = "sent" if step.side == "requester" else "received"
        refuse(found, f"Only a request that you {asked} can be dealt with so.", "WRONG_SIDE")
    if found.status not in step.statuses:
        refuse(found, f"This connection is {found.status}.", "WRONG_STATUS")
    if step.becomes == "accepted":
        return accept(db, found.id, found.mine, found.name, now)
    changed = steps.change_state(
        db,
        id=found.id,
        business_id=found.mine,
        state=step.becomes,
        blocked_by=found.mine if action == "block" else None,
        cool_until=now + COOLS if action == "withdraw" else None,
        now=now,
    )
    if action != "unblock":
        outbox.publish(
            db,
            ConnectionEnded(
                connection_id=changed.id,
                requester_id=changed.requester_id,
                receiver_id=changed.receiver_id,
                version=changed.version,
                reason=step.becomes,
                ended_by=found.mine,
                ended_at=now,
            ),
        )
    return changed.json


def accept(db: Connection, id_: UUID, business_id: UUID, name: str, now: datetime) -> str:
    """Connect two businesses, one of which waits for the other, and announce it."""
    accepted = steps.accept(db, id=id_, business_id=business_id, now=now)
    outbox.publish(
        db,
        ConnectionAccepted(
            connection_id=accepted.id,
            requester_id=accepted.requester_id,
            receiver_id=accepted.receiver_id,
            version=accepted.version,
            market=accepted.market,
            receiver_name=name,
            accepted_at=now,
        ),
    )
    return accepted.json
