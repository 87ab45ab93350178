"""Pub/Sub and Cloud Tasks, as far as the outbox needs them: send messages, know they are stored.

Production uses Google's clients. `PUBSUB_URL` points the same calls, in Google's own REST form,
at a development machine. With neither, nothing is sent and the relay finds the rows later.
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from shared.settings import settings

DEADLINE_SECONDS = 5


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
    if now.pubsub_url:
        _send_by_rest(now.pubsub_url, messages)
    elif now.production:
        _send_by_google(messages)
    else:
        return False
    return True


def attributes(message: Message) -> dict[str, str]:
    """Return the attributes that subscriptions filter on."""
    found = {"type": message.type, "id": str(message.id)}
    if message.traceparent:
        found["traceparent"] = message.traceparent
    return found


def task_request(message: Message) -> dict[str, Any]:
    """Return the Cloud Tasks request of a task, named by its row: sent twice it is one task."""
    now = settings()
    parent = f"projects/{now.project}/locations/{now.region}/queues/{message.topic}"
    url = now.url_of(message.type)
    headers = {"Content-Type": "application/json"}
    if message.traceparent:
        headers["traceparent"] = message.traceparent
    task: dict[str, Any] = {
        "name": f"{parent}/tasks/{message.id.hex}",
        "httpRequest": {
            "url": url,
            "httpMethod": 1,
            "headers": headers,
            "body": base64.b64encode(message.body.encode()).decode(),
            "oidcToken": {
                "serviceAccountEmail": f"tasks@{now.project}.iam.gserviceaccount.com",
                "audience": url,
            },
        },
    }
    if message.due_at is not None:
        task["scheduleTime"] = message.due_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"task": task}


def _send_by_rest(url: str, messages: list[Message]) -> None:
    now = settings()
    for message in messages:
        if message.kind == "task":
            queue = f"projects/{now.project}/locations/{now.region}/queues/{message.topic}"
            _post(url, f"/v2/{queue}/tasks", task_request(message))
            continue
        published: dict[str, Any] = {
            "data": base64.b64encode(message.body.encode()).decode(),
            "attributes": attributes(message),
        }
        if message.ordering_key:
            published["orderingKey"] = message.ordering_key
        topic = f"projects/{now.project}/topics/{message.topic}"
        _post(url, f"/v1/{topic}:publish", {"messages": [published]})


def _post(url: str, path: str, body: dict[str, Any]) -> None:
    from shared.cloud import wire  # noqa: PLC0415  # only a development machine sends this way

    headers = {"Content-Type": "application/json"}
    answer = wire.request(url, "POST", path, headers, json.dumps(body).encode(), DEADLINE_SECONDS)
    if answer.status not in {200, 409}:  # 409: this task is stored already
        message = f"{path} answered {answer.status}"
        raise BusError(message)


@cache
def _publisher() -> Any:  # noqa: ANN401  # Google's client has no usable types
    from google.cloud import pubsub_v1  # noqa: PLC0415  # 0.7 s of a cold start

    return pubsub_v1.PublisherClient(
        publisher_options=pubsub_v1.types.PublisherOptions(enable_message_ordering=True),
        client_options={"api_endpoint": f"{settings().region}-pubsub.googleapis.com:443"},
    )


@cache
def _tasks() -> Any:  # noqa: ANN401  # Google's client has no usable types
    from google.cloud import tasks_v2  # noqa: PLC0415  # 0.8 s of a cold start

    return tasks_v2.CloudTasksClient()


def _send_by_google(messages: list[Message]) -> None:
    from google.api_core.exceptions import AlreadyExists  # noqa: PLC0415  # see above

    now = settings()
    waiting = []
    for message in messages:
        if message.kind == "task":
            parent = f"projects/{now.project}/locations/{now.region}/queues/{message.topic}"
            try:
                _tasks().create_task(
                    parent=parent, task=_google_task(message), timeout=DEADLINE_SECONDS
                )
            except AlreadyExists:
                continue
        else:
            topic = f"projects/{now.project}/topics/{message.topic}"
            waiting.append(
                _publisher().publish(
                    topic,
                    message.body.encode(),
                    ordering_key=message.ordering_key or "",
                    **attributes(message),
                )
            )
    for future in waiting:
        future.result(timeout=DEADLINE_SECONDS)


def _google_task(message: Message) -> Any:  # noqa: ANN401  # a proto-plus message
    from google.cloud import tasks_v2  # noqa: PLC0415  # see above

    return tasks_v2.Task.from_json(json.dumps(task_request(message)["task"]))
