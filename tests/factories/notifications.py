"""Facts about listings that people are told of, and people who were told."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.events.bizconnect import ConnectionAccepted, ConnectionEnded, ConnectionRequested
from schemas.events.listings import (
    ListingExpired,
    ListingExpiring,
    ListingPublished,
    ListingRejected,
)
from schemas.events.messaging import ConversationAssigned, ConversationEscalated
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


def noted(suite: Suite, notification_id: UUID, count: int = 1) -> None:
    """Have a notification sent to installs, as far as is noted."""
    suite.rows(
        "INSERT INTO notifications.push (notification_id, install_id, outcome) "
        "SELECT :id, gen_random_uuid(), 'sent' FROM generate_series(1, :count)",
        id=notification_id,
        count=count,
    )


def _listing(business_id: object) -> dict[str, Any]:
    return {
        "listing_id": new_id(),
        "business_id": business_id,
        "version": 1,
        "title": "Ankara, 6 yards",
    }


def requested(receiver_id: object, **more: Any) -> ConnectionRequested:
    """Return the event of a business that asks another for a connection."""
    return ConnectionRequested(
        **_pair(receiver_id, receiver_id),
        **{
            "market": "afcfta",
            "requester_name": "Kano Sesame",
            "requested_at": EXPIRES_AT - timedelta(days=30),
            "expires_at": EXPIRES_AT,
            **more,
        },
    )


def accepted(requester_id: object, **more: Any) -> ConnectionAccepted:
    """Return the event of a request that was accepted."""
    return ConnectionAccepted(
        **_pair(requester_id, requester_id),
        **{
            "market": "afcfta",
            "receiver_name": "Lagos Mills",
            "accepted_at": EXPIRES_AT,
            **more,
        },
    )


def ended(requester_id: object, **more: Any) -> ConnectionEnded:
    """Return the event of a request that was not answered in time."""
    return ConnectionEnded(
        **_pair(requester_id, requester_id),
        **{
            "reason": "expired",
            "ended_by": None,
            "receiver_name": "Lagos Mills",
            "ended_at": EXPIRES_AT,
            **more,
        },
    )


def _pair(requester_id: object, receiver_id: object) -> dict[str, Any]:
    return {
        "connection_id": new_id(),
        "requester_id": requester_id,
        "receiver_id": receiver_id,
        "version": 1,
    }


def assigned(agent_id: UUID | None = None, **more: Any) -> ConversationAssigned:
    """Return the event of a support conversation that is an agent's now."""
    return ConversationAssigned(
        **{
            "conversation_id": new_id(),
            "business_id": new_id(),
            "agent_id": agent_id or new_id(),
            "waiting_since": EXPIRES_AT - timedelta(days=30),
            "assigned_at": EXPIRES_AT - timedelta(days=29),
            **more,
        }
    )


def escalated(business_id: object, **more: Any) -> ConversationEscalated:
    """Return the event of a customer who was kept waiting for a first response."""
    return ConversationEscalated(
        **{
            "conversation_id": new_id(),
            "business_id": business_id,
            "cause": "first_response",
            "level": "lead",
            "told": [],
            "asked_by": None,
            "round": 1,
            "due_at": EXPIRES_AT - timedelta(days=30),
            **more,
        }
    )
