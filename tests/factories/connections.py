"""Businesses that ask each other for connections, as they do in life."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.factories import listings
from tests.suite import Answer, Person, Suite

NEW_YORK = 5128581


def firm(suite: Suite, name: str = "Kano Sesame", **business: Any) -> tuple[Person, UUID]:
    """Return an owner and the id of his business."""
    return listings.seller(suite, name=name, **business)


def american(suite: Suite, name: str = "Harlem Imports") -> tuple[Person, UUID]:
    """Return an owner and the id of his business in New York."""
    return firm(suite, name, country="US", city_id=NEW_YORK)


def ask(
    suite: Suite,
    who: Person,
    mine: UUID,
    other: UUID,
    *,
    now: datetime | None = None,
    key: str | None = None,
    **more: Any,
) -> Answer:
    """Ask another business for a connection."""
    body = {"business_id": str(mine), "to_business_id": str(other), **more}
    return suite.call("POST /api/v1/connections", who, body=body, now=now, key=key)


def asked(
    suite: Suite, who: Person, mine: UUID, other: UUID, *, now: datetime | None = None, **more: Any
) -> dict[str, Any]:
    """Ask another business; return the connection as it looks to who asked."""
    made = ask(suite, who, mine, other, now=now, **more)
    assert made.status == 201, made.body
    found: dict[str, Any] = made.data
    return found


def seen(
    suite: Suite, who: Person, connection: Mapping[str, Any], now: datetime | None = None
) -> Answer:
    """Read a connection as somebody."""
    return suite.call(f"GET /api/v1/connections/{connection['id']}", who, now=now)


def listed(suite: Suite, who: Person, **query: Any) -> list[dict[str, Any]]:
    """Return somebody's connections."""
    now = query.pop("now", None)
    page = suite.call("GET /api/v1/connections", who, query=query, now=now)
    assert page.status == 200, page.body
    found: list[dict[str, Any]] = page.data
    return found


def step(
    suite: Suite,
    who: Person,
    connection: Mapping[str, Any],
    action: str,
    now: datetime | None = None,
) -> Answer:
    """Do something to a connection."""
    path = f"PATCH /api/v1/connections/{connection['id']}/status"
    return suite.call(path, who, body={"action": action}, now=now)


def stepped(
    suite: Suite,
    who: Person,
    connection: Mapping[str, Any],
    action: str,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Do something to a connection; return it as it looks to who did it."""
    done = step(suite, who, connection, action, now)
    assert done.status == 200, done.body
    found: dict[str, Any] = done.data
    return found
