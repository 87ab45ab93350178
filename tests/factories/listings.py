"""Listings, made and approved as in life: through the API and by a decision."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.ids import new_id
from shared.manifest.discovery import entries
from tests.factories import users
from tests.suite import Person, Suite

PRICE = {"kind": "fixed", "amount_minor": 450_000, "currency": "NGN"}


def content(**changes: Any) -> dict[str, Any]:
    """Return what a good listing says."""
    return {
        "type": "offer",
        "title": "Dried mango, export quality",
        "description": "Sliced and sun-dried, packed in 20 kg cartons, ready to ship.",
        "language": "en",
        "category": "fresh-fruit",
        "attributes": {"variety": "Kent", "organic": True},
        "price": PRICE,
        "country": "NG",
        "city_id": users.LAGOS,
        "duration_hours": 72,
        **changes,
    }


def seller(suite: Suite, **business: Any) -> tuple[Person, UUID]:
    """Return an owner and the id of his business."""
    owner = users.person(suite, roles=["business"])
    return owner, UUID(users.business(suite, owner, **business)["id"])


def pending(suite: Suite, owner: Person, business_id: UUID, **changes: Any) -> dict[str, Any]:
    """Submit a listing; return it as its owner sees it."""
    suite.rows("DELETE FROM platform.rate_limit")
    now = changes.pop("now", None)
    body = {**content(**changes), "business_id": str(business_id)}
    made = suite.call("POST /api/v1/listings", owner, body=body, now=now)
    assert made.status == 201, made.body
    found: dict[str, Any] = made.data
    return found


def decide(
    suite: Suite,
    listing: Mapping[str, Any],
    *,
    approved: bool = True,
    at: datetime | None = None,
    reason: str | None = None,
    note: str | None = None,
    times: int = 1,
) -> None:
    """Deliver a decision on a listing as it was given, `times` times."""
    data = {
        "review_id": str(new_id()),
        "target_type": "listing",
        "target_id": listing["id"],
        "target_version": listing["version"],
        "approved": approved,
        "reason": reason,
        "note": note,
        "decided_by": str(new_id()),
        "decided_at": (at or datetime.now(UTC)).isoformat(),
    }
    envelope = json.dumps({"id": str(new_id()), "type": "ReviewDecided", "data": data})
    for _ in range(times):
        answer = suite.push(entries()["on_review_decided_apply"], envelope)
        assert answer.status == 204, answer.body


def published(suite: Suite, owner: Person, business_id: UUID, **changes: Any) -> dict[str, Any]:
    """Submit a listing and have it approved (`at`); return it as its owner sees it then."""
    at = changes.pop("at", None) or datetime.now(UTC)
    made = pending(suite, owner, business_id, **changes)
    decide(suite, made, at=at)
    return own(suite, owner, made["id"], now=at)


def own(
    suite: Suite, owner: Person, listing_id: str, now: datetime | None = None
) -> dict[str, Any]:
    """Return a listing as its owner sees it."""
    page = suite.call("GET /api/v1/listings/mine", owner, query={"limit": 50}, now=now)
    assert page.status == 200, page.body
    found: dict[str, Any] = next(each for each in page.data if each["id"] == listing_id)
    return found


def do(verb: str, listing: Mapping[str, Any]) -> str:
    """Return the operation that does something to a listing."""
    return f"POST /api/v1/listings/{listing['id']}/{verb}"


def is_shown(suite: Suite, listing: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether strangers see the only listing there is; lists and detail must agree."""
    detail = suite.call(f"GET /api/v1/listings/{listing['id']}", now=now).status
    listed = suite.call("GET /api/v1/listings", now=now).data
    found = [each["id"] for each in listed] == [listing["id"]]
    assert (detail == 200) is found
    return found
