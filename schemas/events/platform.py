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


class AuditChainBroken(Event):
    """The audit log was tampered with: an entry does not follow from the one before it.

    `seq` is the first entry of `chain` that was found to be wrong, or missing.
    """

    chain: str
    seq: int

    def ordering_key(self) -> str:
        """Keep the findings about one chain in order."""
        return self.chain
