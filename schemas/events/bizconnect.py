"""What the BizConnect service announces."""

from typing import Literal
from uuid import UUID

from schemas.shape import Event, Instant


class _ConnectionEvent(Event):
    connection_id: UUID
    requester_id: UUID
    receiver_id: UUID
    version: int

    def ordering_key(self) -> str:
        """Keep the events of one connection in order."""
        return str(self.connection_id)


class ConnectionRequested(_ConnectionEvent):
    """A business asks another for a connection."""

    market: str
    requester_name: str
    requested_at: Instant
    expires_at: Instant


class ConnectionAccepted(_ConnectionEvent):
    """Two businesses are connected: the one that was asked agreed, or asked too."""

    market: str
    receiver_name: str
    accepted_at: Instant


class ConnectionEnded(_ConnectionEvent):
    """Two businesses are not, or will not be, connected: why, and which of them ended it.

    The business that asked is not told of `declined`, and neither is told who `blocked` the other.
    `receiver_name` is there where the one that asked is told who did not answer: `expired`.
    """

    reason: Literal["declined", "withdrawn", "expired", "removed", "blocked", "erased"]
    ended_by: UUID | None
    receiver_name: str | None = None
    ended_at: Instant
