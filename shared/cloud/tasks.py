"""Cloud Tasks: a request that Google makes later, again until it is answered, and once for a name.

Reached as Pub/Sub is (`shared/cloud/bus.py`): by Google's client, which
`CLOUD_TASKS_EMULATOR_HOST` leads to a development machine, or by plain REST at `PUBSUB_URL`.
"""

import base64
import http.client
import json
import threading
from datetime import UTC
from functools import cache
from typing import TYPE_CHECKING, Any

from shared.cloud.breaker import Breaker
from shared.settings import settings

if TYPE_CHECKING:
    from google.cloud.tasks_v2 import CloudTasksClient

    from shared.cloud.bus import Message

POST = 1
_STORED_ALREADY = 409
_breaker = Breaker("Cloud Tasks")
_lock = threading.Lock()


def create(message: "Message") -> None:
    """Store a task. One of its name that is stored already, or was and is done, is this one."""
    now = settings()
    queue = f"projects/{now.project}/locations/{now.region}/queues/{message.topic}"
    task = _task(queue, message)
    if now.pubsub_url:
        from shared.cloud import wire  # noqa: PLC0415  # only a development machine sends this way

        with _breaker.watch(OSError, http.client.HTTPException):
            wire.post(now.pubsub_url, f"/v2/{queue}/tasks", {"task": task}, _STORED_ALREADY)
    else:
        _create_by_google(queue, task)


def _task(queue: str, message: "Message") -> dict[str, Any]:
    """Return the task in Google's JSON, named by its row: sent twice it is one task."""
    now = settings()
    headers = {"Content-Type": "application/json"}
    if message.traceparent:
        headers["traceparent"] = message.traceparent
    url = now.url_of(message.type)
    task: dict[str, Any] = {
        "name": f"{queue}/tasks/{message.id.hex}",
        "httpRequest": {
            "url": url,
            "httpMethod": POST,
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
    return task


def _create_by_google(queue: str, task: dict[str, Any]) -> None:
    from google.api_core.exceptions import Conflict  # noqa: PLC0415  # comes with the client
    from google.cloud.tasks_v2 import Task  # noqa: PLC0415  # 0.4 s of a cold start

    from shared.cloud import patience  # noqa: PLC0415  # only Google's clients need it

    client, given = _client(), Task.from_json(json.dumps(task))
    try:
        with _breaker.watch(*patience.silence()):
            client.create_task(parent=queue, task=given, **patience.terms())
    except Conflict as error:
        # Over REST the client does not tell ALREADY_EXISTS from ABORTED: both are 409.
        if "ALREADY_EXISTS" not in error.response.text:
            raise


def _client() -> "CloudTasksClient":
    with _lock:
        return _only_client()


@cache
def _only_client() -> "CloudTasksClient":
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415  # as above
    from google.cloud.tasks_v2 import CloudTasksClient  # noqa: PLC0415  # as above

    emulator = settings().tasks_emulator
    if not emulator:
        return CloudTasksClient(transport="rest")
    return CloudTasksClient(
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # has no types
        transport="rest",
        client_options={"api_endpoint": f"http://{emulator}"},
    )
