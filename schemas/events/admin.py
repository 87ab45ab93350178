"""What the admin service announces."""

from typing import Literal
from uuid import UUID

from schemas.shape import Event, Instant


class ReviewDecided(Event):
    """Somebody approved or rejected what waited for a decision."""

    review_id: UUID
    target_type: Literal["listing"]
    target_id: UUID
    target_version: int
    approved: bool
    reason: str | None
    note: str | None
    decided_by: UUID
    decided_at: Instant

    def ordering_key(self) -> str:
        """Keep the decisions on one target in order."""
        return str(self.target_id)
