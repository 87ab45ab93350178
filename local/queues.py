"""Cloud Tasks in Google's REST form: queues, and tasks that are kept as deliveries.

A name stays taken when its task is done or dead, as long as deliveries are kept.
"""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from local import deliveries, outgoing
from local.deliveries import NewDelivery
from local.rest import Answer, RefusedError
from local.store import Store

_PARENT = r"projects/[^/]+/locations/[^/]+"
_QUEUES = re.compile(rf"^/v2/{_PARENT}/queues$")
_QUEUE = re.compile(rf"^/v2/({_PARENT}/queues/[^/:]+)$")
_TASKS = re.compile(rf"^/v2/({_PARENT}/queues/[^/:]+)/tasks$")
_TASK = re.compile(rf"^/v2/({_PARENT}/queues/[^/:]+/tasks/[^/:]+)$")
_DEFAULTS = {"maxAttempts": 100, "minBackoff": "0.1s", "maxBackoff": "3600s", "maxDoublings": 16}
_UNLIMITED = 2**31 - 1
_WAITING = (
    "SELECT name, due_at, attempts, created_at FROM local.delivery "
    "WHERE kind = 'task' AND state = 'waiting'"
)


class Queues:
    """Queues and their tasks."""

    def __init__(self, store: Store, wake: Callable[[], None]) -> None:
        """Keep them in `store`; call `wake` when a task was stored."""
        self._store = store
        self._wake = wake

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Answer | None:
        """Answer a request, None when it is for another service."""
        path = path.partition("?")[0]
        if found := _TASKS.match(path):
            return self._create_task(found[1], body) if method == "POST" else self._tasks(found[1])
        if found := _TASK.match(path):
            return self._task(method, found[1])
        if _QUEUES.match(path):
            return self._create_queue(body) if method == "POST" else self._list(path)
        if found := _QUEUE.match(path):
            return self._queue(method, found[1], body)
        return None

    def _create_queue(self, body: dict[str, Any]) -> Answer:
        made = self._store.rows(
            "INSERT INTO local.queue VALUES (:name, :body) ON CONFLICT DO NOTHING RETURNING name",
            name=body["name"],
            body=json.dumps(_whole(body)),
        )
        if not made:
            raise RefusedError(409, f"{body['name']} exists already.")
        return 200, _whole(body)

    def _list(self, path: str) -> Answer:
        rows = self._store.rows(
            "SELECT body FROM local.queue WHERE name LIKE :under || '/%' ORDER BY name",
            under=path.removeprefix("/v2/"),
        )
        return 200, {"queues": [row["body"] for row in rows]}

    def _queue(self, method: str, name: str, body: dict[str, Any]) -> Answer:
        if method == "PATCH":  # makes it, where there is none
            self._store.rows(
                "INSERT INTO local.queue VALUES (:name, :body) "
                "ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                name=name,
                body=json.dumps(_whole({**body, "name": name})),
            )
        found = self._found(name)
        if method == "DELETE":
            self._store.rows("DELETE FROM local.queue WHERE name = :name", name=name)
            return 200, {}
        return 200, found

    def _found(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] | None = self._store.value(
            "SELECT body FROM local.queue WHERE name = :name", name=name
        )
        if found is None:
            raise RefusedError(404, f"There is no queue {name}.")
        return found

    def _create_task(self, queue: str, body: dict[str, Any]) -> Answer:
        config = self._found(queue)["retryConfig"]
        task = body["task"]
        given = outgoing.target(task["httpRequest"], "url")
        name = task.get("name") or f"{queue}/tasks/{uuid4().hex}"
        again = outgoing.backoff(config, "minBackoff", "maxBackoff", 0.1)
        new = NewDelivery(
            kind="task",
            target=given.function,
            name=name,
            message={"target": asdict(given), "backoff": asdict(again)},
            attempts_allowed=_UNLIMITED if config["maxAttempts"] < 0 else config["maxAttempts"],
            due_at=task.get("scheduleTime"),
        )
        if not deliveries.store(self._store, [new]):
            raise RefusedError(409, f"{name} exists already, or did.")
        self._wake()
        now = _stamp(datetime.now(UTC))
        return 200, {"scheduleTime": now, "createTime": now, **task, "name": name}

    def _tasks(self, queue: str) -> Answer:
        rows = self._store.rows(
            f"{_WAITING} AND name LIKE :under || '/%' ORDER BY due_at", under=f"{queue}/tasks"
        )
        return 200, {"tasks": [_shown(row) for row in rows]}

    def _task(self, method: str, name: str) -> Answer:
        rows = self._store.rows(f"{_WAITING} AND name = :name", name=name)
        if not rows:
            raise RefusedError(404, f"There is no task {name}, or no more.")
        if method == "DELETE":
            self._store.rows(
                "UPDATE local.delivery SET state = 'delivered', finished_at = clock_timestamp() "
                "WHERE name = :name AND state = 'waiting'",
                name=name,
            )
            return 200, {}
        return 200, _shown(rows[0])


def _whole(queue: dict[str, Any]) -> dict[str, Any]:
    """Return a queue with what Google adds to it."""
    return {**queue, "state": "RUNNING", "retryConfig": _DEFAULTS | queue.get("retryConfig", {})}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "scheduleTime": _stamp(row["due_at"]),
        "createTime": _stamp(row["created_at"]),
        "dispatchCount": row["attempts"],
    }


def _stamp(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
