"""What the platform itself announces."""

from datetime import date
from uuid import UUID

from schemas.shape import Event


class QuotaRenewed(Event):
    """A business that had used up what its plan allows of something has it anew."""

    business_id: UUID
    metric: str
    period: str
    starts_on: date
    """The first day of the window that is over."""
