"""Businesses that look for partners, and what they are shown."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.manifest.discovery import entries
from tests.factories import listings
from tests.suite import Answer, Person, Suite


def trader(
    suite: Suite,
    name: str,
    *,
    offers: tuple[str, ...] = (),
    requests: tuple[str, ...] = (),
    now: datetime | None = None,
    **business: Any,
) -> tuple[Person, UUID]:
    """Return an owner and his business with something on the market; nobody is told of it yet."""
    owner, mine = listings.seller(suite, name=name, **business)
    for kind, categories in (("offer", offers), ("request", requests)):
        for category in categories:
            listings.published(
                suite,
                owner,
                mine,
                type=kind,
                category=category,
                attributes={},
                now=now,
                **({"at": now} if now else {}),
            )
    return owner, mine


def suggestions(
    suite: Suite, who: Person, mine: UUID, *, now: datetime | None = None, **query: Any
) -> Answer:
    """Ask which businesses suit one's own."""
    query = {"business_id": str(mine), **query}
    return suite.call("GET /api/v1/connections/suggestions", who, query=query, now=now)


def suggested(suite: Suite, who: Person, mine: UUID, **more: Any) -> list[dict[str, Any]]:
    """Return what a business is shown."""
    page = suggestions(suite, who, mine, **more)
    assert page.status == 200, page.body
    found: list[dict[str, Any]] = page.data
    return found


def names(items: list[dict[str, Any]]) -> list[str]:
    """Return what the businesses of suggestions are called."""
    return [each["business"]["name"] for each in items]


def codes(item: dict[str, Any]) -> list[str]:
    """Return the codes of the reasons of a suggestion."""
    return [each["code"] for each in item["reasons"]]


def candidates(suite: Suite) -> list[dict[str, Any]]:
    """Return the read model, as JSON has it, the oldest business first."""
    found = suite.rows("SELECT to_jsonb(c)::text FROM bizconnect.candidate AS c ORDER BY 1")
    return [json.loads(row[0]) for row in found]


def groups(suite: Suite, business_id: UUID) -> list[int]:
    """Return the groups that a business stands in."""
    found = suite.rows(
        "SELECT key FROM bizconnect.candidate_key WHERE slot = hashtextextended(:id, 1) ORDER BY 1",
        id=str(business_id),
    )
    return [row[0] for row in found]


def tell(suite: Suite, handler: str, event: dict[str, Any], now: datetime) -> None:
    """Deliver one event to one handler."""
    answer = suite.push(entries()[handler], json.dumps(event), now=now)
    assert answer.status == 204, answer.body
