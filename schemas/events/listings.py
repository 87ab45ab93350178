"""What the listings service announces."""

from typing import Any
from uuid import UUID

from schemas.shape import Event, Instant


class _ListingEvent(Event):
    listing_id: UUID
    business_id: UUID
    version: int
    title: str

    def ordering_key(self) -> str:
        """Keep the events of one listing in order."""
        return str(self.listing_id)


class ListingSubmitted(_ListingEvent):
    """A listing, new or edited, waits for a decision; `snapshot` is what its author sees."""

    submitted_at: Instant
    snapshot: dict[str, Any]


class ListingWithdrawn(_ListingEvent):
    """A listing that waited for a decision needs none any more."""


class ListingErased(Event):
    """A listing is empty, because its business is: whoever holds its words forgets them."""

    listing_id: UUID
    business_id: UUID
    version: int

    def ordering_key(self) -> str:
        """Keep the events of one listing in order."""
        return str(self.listing_id)


class ListingPublished(_ListingEvent):
    """A listing is on the market: approved, resumed or renewed."""

    type: str
    category: str
    country: str
    published_at: Instant
    expires_at: Instant
    first: bool


class ListingRejected(_ListingEvent):
    """A listing was refused, and why."""

    reason: str
    note: str | None


class ListingExpiring(_ListingEvent):
    """A listing leaves the market soon; said once for each date."""

    expires_at: Instant


class ListingExpired(_ListingEvent):
    """A listing left the market because its time was up."""

    expires_at: Instant
