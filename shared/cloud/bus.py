"""Pub/Sub, and the one word by which the outbox hands over: what `send` returns from is stored.

Production and Google's emulator (`PUBSUB_EMULATOR_HOST`) are reached by Google's client.
`PUBSUB_URL` points the same calls, in Google's own REST form, at a development machine. With none
of them nothing is sent and the relay finds the rows later.
"""

import base64
import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.cloud.breaker import Breaker
from shared.settings import settings

if TYPE_CHECKING:
    from google.pubsub_v1 import PublisherClient

_breaker = Breaker("Pub/Sub")
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the outbox: an event on a topic, or a task in a queue."""

    id: UUID
    kind: str
    topic: str
    type: str
    ordering_key: str | None
    due_at: datetime | None
    body: str
    traceparent: str | None


class BusError(RuntimeError):
    """The bus did not accept the messages."""


def send(messages: list[Message]) -> bool:
    """Send all of `messages`; False when no bus is configured. Raises when one is not stored."""
    now = settings()
    if not (now.pubsub_url or now.pubsub_emulator or now.production):
        return False
    if events := [each for each in messages if each.kind == "event"]:
        if now.pubsub_url:
            _publish_by_rest(now.pubsub_url, events)
        else:
            _publish_by_google(events)
    if waiting := [each for each in messages if each.kind == "task"]:
        from shared.cloud import tasks  # noqa: PLC0415  # most functions enqueue nothing

        for each in waiting:
            tasks.create(each)
    return True


def _attributes(message: Message) -> dict[str, str]:
    """Return what subscriptions filter on."""
    found = {"type": message.type, "id": str(message.id)}
    if message.traceparent:
        found["traceparent"] = message.traceparent
    return found


def _topic(name: str) -> str:
    return f"projects/{settings().project}/topics/{name}"


def _publish_by_rest(url: str, messages: list[Message]) -> None:
    from shared.cloud import wire  # noqa: PLC0415  # only a development machine sends this way

    for message in messages:
        published: dict[str, Any] = {
            "data": base64.b64encode(message.body.encode()).decode(),
            "attributes": _attributes(message),
        }
        if message.ordering_key:
            published["orderingKey"] = message.ordering_key
        path = f"/v1/{_topic(message.topic)}:publish"
        with _breaker.watch(OSError, http.client.HTTPException):
            wire.post(url, path, {"messages": [published]})


def _publish_by_google(messages: list[Message]) -> None:
    """Publish by calls that return when their messages are stored, in order.

    The batching client of the same library would send from a thread of its own, which Cloud Run
    starves once the answer is out, and pauses an ordering key after an error until somebody
    resumes it in that very process. These calls keep nothing between them.
    """
    from google.pubsub_v1 import PubsubMessage  # noqa: PLC0415  # half a second of a cold start

    from shared.cloud import patience  # noqa: PLC0415  # only Google's clients need it

    client = _publisher()
    for topic, key, group in _grouped(messages):
        sent = [
            PubsubMessage(data=each.body.encode(), ordering_key=key, attributes=_attributes(each))
            for each in group
        ]
        with _breaker.watch(*patience.silence()):
            client.publish(topic=_topic(topic), messages=sent, **patience.terms())


def _grouped(messages: list[Message]) -> Iterator[tuple[str, str, Iterator[Message]]]:
    """Return what one call may carry: messages of one topic and one ordering key."""

    def shared(message: Message) -> tuple[str, str]:
        return message.topic, message.ordering_key or ""

    for (topic, key), group in groupby(sorted(messages, key=shared), shared):
        yield topic, key, group


def _publisher() -> "PublisherClient":
    with _lock:
        return _only_publisher()


@cache
def _only_publisher() -> "PublisherClient":
    from google.pubsub_v1 import PublisherClient  # noqa: PLC0415  # as above

    now = settings()
    if now.pubsub_emulator:
        import grpc  # noqa: PLC0415  # as above
        from google.pubsub_v1.services.publisher.transports import (  # noqa: PLC0415  # as above
            PublisherGrpcTransport,
        )

        channel = grpc.insecure_channel(now.pubsub_emulator)
        return PublisherClient(transport=PublisherGrpcTransport(channel=channel))
    # Order is kept among messages that go through one region.
    return PublisherClient(
        client_options={"api_endpoint": f"{now.region}-pubsub.googleapis.com:443"}
    )
