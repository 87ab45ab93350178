"""What waits for a moderator."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from schemas.events.listings import ListingSubmitted
from shared.ids import new_id
from tests.factories.events import hand
from tests.suite import Suite

LONG_AGO = datetime(2026, 11, 1, 9, 30, 0, 123456, tzinfo=UTC)


def submission(
    *,
    listing_id: UUID | None = None,
    business_id: UUID | None = None,
    version: int = 1,
    title: str = "Ankara, 6 yards",
    submitted_at: datetime = LONG_AGO,
) -> ListingSubmitted:
    """Return the event of a listing that waits for a decision."""
    return ListingSubmitted(
        listing_id=listing_id or new_id(),
        business_id=business_id or new_id(),
        version=version,
        title=title,
        submitted_at=submitted_at,
        snapshot={"title": title, "price": {"kind": "fixed", "amount_minor": 1_500_000}},
    )


def submitted(suite: Suite, event: ListingSubmitted | None = None) -> ListingSubmitted:
    """Let a listing wait in the queue."""
    event = event or submission()
    hand(suite, "on_listing_submitted_open_review", event)
    return event


def queue(suite: Suite, count: int) -> list[str]:
    """Let `count` listings wait, a minute apart; return their ids, the oldest first."""
    return [
        str(submitted(suite, submission(submitted_at=LONG_AGO + timedelta(minutes=n))).listing_id)
        for n in range(count)
    ]
