"""Speaks as much of Google's REST as the suite uses: Pub/Sub publish, queues, jobs, accounts,
documents, pushes.

What is answered with 200 is in PostgreSQL, committed.
"""

import pkgutil
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import schemas.events
from local import deliveries, documents, people, pushes
from local.deliveries import NewDelivery
from local.jobs import Jobs
from local.mischief import NONE, Mischief
from local.queues import Queues
from local.rest import Answer, RefusedError
from local.storage import TOPIC as STORAGE
from local.store import Store
from shared.entry import Entry
from shared.triggers import OnEvent

_PUBLISH = re.compile(r"^/v1/projects/[^/]+/topics/([^/:]+):publish$")
_ACCOUNTS = r"^/identitytoolkit\.googleapis\.com/v1/projects/[^/]+/accounts:"
_LOOKUP = re.compile(f"{_ACCOUNTS}lookup$")
_UPDATE = re.compile(f"{_ACCOUNTS}update$")
_DELETE = re.compile(f"{_ACCOUNTS}delete$")


class Bus:
    """Topics, subscriptions and queues, as the functions declare them."""

    def __init__(
        self,
        store: Store,
        entries: dict[str, Entry],
        wake: Callable[[], None],
        mischief: Mischief = NONE,
    ) -> None:
        """Serve the functions in `entries`; call `wake` when something was stored."""
        self._store = store
        self._mischief = mischief
        self._entries = entries
        self._wake = wake
        self._queues = Queues(store, wake)
        self._jobs = Jobs(store, wake)
        self._topics = {module.name for module in pkgutil.iter_modules(schemas.events.__path__)}
        self._topics.add(STORAGE)

    def answer(self, path: str, body: dict[str, Any]) -> Answer:
        """Answer one POST."""
        if found := _PUBLISH.match(path):
            return self._publish(found[1], body)
        if answer := self.resource("POST", path, body):
            return answer
        if _UPDATE.match(path):
            people.update(self._store, body)
            return 200, {"localId": body["localId"]}
        if _LOOKUP.match(path):
            return 200, people.lookup(self._store, body["localId"])
        if _DELETE.match(path):
            people.delete(self._store, body)
            return 200, {"kind": "identitytoolkit#DeleteAccountResponse"}
        for others in (documents.answer, pushes.answer):
            if (answer := others(self._store, path, body)) is not None:
                return answer
        raise RefusedError(404, f"{path} is not served here.")

    def resource(self, method: str, path: str, body: dict[str, Any]) -> Answer | None:
        """Answer a request for a queue, a task or a job; None when it is for something else."""
        return self._queues.answer(method, path, body) or self._jobs.answer(method, path, body)

    def _publish(self, topic: str, body: dict[str, Any]) -> Answer:
        if topic not in self._topics:
            raise RefusedError(404, f"There is no topic {topic}: see schemas/events/.")
        if self._mischief.refuses():
            raise RefusedError(503, "The bus is busy.")
        stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        owed = []
        ids = []
        for given in body["messages"]:
            message = {**given, "messageId": str(uuid4().int >> 65), "publishTime": stamp}
            ids.append(message["messageId"])
            owed += [
                NewDelivery(
                    kind="event",
                    target=entry.name,
                    message=message,
                    attempts_allowed=entry.trigger.attempts,
                    ordering_key=given.get("orderingKey") or None,
                )
                for entry in self._subscribers(topic, given.get("attributes") or {})
                if isinstance(entry.trigger, OnEvent)
            ]
        if owed:
            deliveries.store(self._store, self._mischief.spread(owed))
            self._wake()
        if self._mischief.loses():
            raise RefusedError(503, "The acknowledgement is lost.")
        return 200, {"messageIds": ids}

    def _subscribers(self, topic: str, attributes: dict[str, str]) -> list[Entry]:
        """Return the handlers whose subscription's filter the message passes."""
        return [
            entry
            for entry in self._entries.values()
            if entry.event is not None
            and entry.event.__module__ == f"schemas.events.{topic}"
            and entry.event.__name__ == attributes.get("type")
        ]
