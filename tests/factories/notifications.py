"""Facts about listings that people are told of, and people who were told."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.events.listings import (
    ListingExpired,
    ListingExpiring,
    ListingPublished,
    ListingRejected,
)
from schemas.events.platform import QuotaRenewed
from shared.ids import new_id
from tests.suite import Person, Suite

EXPIRES_AT = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)


def published(business_id: object, **more: Any) -> ListingPublished:
    """Return the event of a listing that is live."""
    return ListingPublished(
        **_listing(business_id),
        type="offer",
        category="fabrics",
        country="NG",
        published_at=EXPIRES_AT - timedelta(days=3),
        expires_at=EXPIRES_AT,
        **{"first": True, **more},
    )


def rejected(business_id: object, **more: Any) -> ListingRejected:
    """Return the event of a listing that was refused."""
    return ListingRejected(
        **_listing(business_id), **{"reason": "MISLEADING", "note": None, **more}
    )


def expiring(business_id: object, expires_at: datetime = EXPIRES_AT) -> ListingExpiring:
    """Return the event of a listing that leaves the market soon."""
    return ListingExpiring(**_listing(business_id), expires_at=expires_at)


def expired(business_id: object, expires_at: datetime = EXPIRES_AT) -> ListingExpired:
    """Return the event of a listing that left the market."""
    return ListingExpired(**_listing(business_id), expires_at=expires_at)


def renewed(business_id: Any, **more: Any) -> QuotaRenewed:
    """Return the event of a business whose day's listings had been used up."""
    given = {"metric": "listings", "period": "day", "starts_on": date(2026, 11, 22), **more}
    return QuotaRenewed(business_id=business_id, **given)


def notified(suite: Suite, somebody: Person, count: int = 1, *, read: bool = False) -> list[UUID]:
    """Give somebody notifications, a second apart; return their ids, the newest first."""
    ids = [new_id() for _ in range(count)]
    suite.rows(
        "INSERT INTO notifications.notification (id, user_id, type, subject_id, deduplication, "
        "language, title, body, parameters, created_at, read_at) "
        "SELECT id, :user_id, 'listing_published', id, id::text, 'en', 'Live', 'It is.', '{}', "
        "clock_timestamp() - interval '1 hour' - make_interval(secs => n), "
        "CASE WHEN :read THEN clock_timestamp() END "
        "FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS given (id, n)",
        user_id=somebody.user_id,
        ids=ids,
        read=read,
    )
    return ids


def _listing(business_id: object) -> dict[str, Any]:
    return {
        "listing_id": new_id(),
        "business_id": business_id,
        "version": 1,
        "title": "Ankara, 6 yards",
    }
