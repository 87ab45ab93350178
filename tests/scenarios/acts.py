"""What scenarios are made of: requests, deliveries and runs of jobs that wait to be done."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from schemas.shape import Event
from shared.manifest.discovery import entries
from tests.factories import exports, listings, users
from tests.suite import Answer, Person, Suite

Act = Callable[[], int]
"""Sends the request that is under test; returns the status of its answer."""

Scenario = Callable[[Suite], Act]
"""Arranges rows through the API; returns what to do."""

DEVICE = {"push_token": "token-of-this-phone", "platform": "android", "app_version": "1.4.2"}


class Call:
    """A request of a person under a key; `by` is the same request of another."""

    def __init__(self, suite: Suite, operation: str, person: Person, **sent: Any) -> None:
        self.suite, self.operation, self.person, self.sent = suite, operation, person, sent

    def __call__(self) -> int:
        return self.answer().status

    def answer(self) -> Answer:
        return self.suite.call(self.operation, self.person, key="k", **self.sent)

    def by(self, person: Person) -> "Call":
        return Call(self.suite, self.operation, person, **self.sent)


def delivery(suite: Suite, kind: str, handler: str) -> Act:
    """Deliver the last event of a kind to one handler."""
    text = json.dumps(suite.events(kind)[-1])
    return lambda: suite.push(entries()[handler], text).status


def tick(suite: Suite, job: str, now: datetime) -> Act:
    """Run a job as of `now`."""

    def act() -> int:
        suite.tick(job, now)
        return 200

    return act


def part(suite: Suite, service: str) -> Act:
    """Have a service write its part of the export that was asked for last."""
    return delivery(suite, "ExportRequested", f"on_export_requested_write_{service}")


def writes_part(service: str) -> Scenario:
    """Return the scenario in which a service writes its part of what is held of a seller."""

    def scenario(suite: Suite) -> Act:
        owner, business = listings.seller(suite)
        listings.published(suite, owner, business)
        exports.asked(suite, owner)
        return part(suite, service)

    return scenario


def decision(verb: str, **body: Any) -> Scenario:
    """Return the scenario in which a moderator decides on a listing."""

    def scenario(suite: Suite) -> Act:
        moderator = users.person(suite, roles=["admin"])
        owner, business = listings.seller(suite)
        made = listings.pending(suite, owner, business)
        delivery(suite, "ListingSubmitted", "on_listing_submitted_open_review")()
        path = f"POST /api/v1/admin/listings/{made['id']}/{verb}"
        return Call(suite, path, moderator, body={"version": made["version"], **body})

    return scenario


def notice(handler: str, event: Callable[[object], Any]) -> Scenario:
    """Return the scenario in which a handler is told of a business."""

    def scenario(suite: Suite) -> Act:
        _, business = listings.seller(suite)
        return told(suite, handler, event(business))

    return scenario


def told(suite: Suite, handler: str, event: Event) -> Act:
    """Deliver `event` to one handler, under one id however often."""
    envelope = {
        "id": str(uuid4()),
        "type": type(event).__name__,
        "timestamp": datetime.now(UTC).isoformat(),
        "source": type(event).__module__.rpartition(".")[2],
        "data": event.model_dump(mode="json"),
        "metadata": {"traceId": "0" * 32},
    }
    return lambda: suite.push(entries()[handler], json.dumps(envelope)).status


def delivered(suite: Suite) -> None:
    """Have all be delivered and written that the set-up announced."""
    suite.rows("UPDATE platform.outbox SET sent_at = clock_timestamp()")
    suite.rows("UPDATE platform.projection SET turn = NULL")


def waiting_task(suite: Suite, name: str) -> Act:
    """Carry the newest task of a function to it."""
    message, body = suite.rows(
        "SELECT id, body FROM platform.outbox WHERE type = :name ORDER BY seq DESC LIMIT 1",
        name=name,
    )[0]
    return lambda: suite.carry(entries()[name], message, body).status
