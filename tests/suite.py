"""The suite as the platform calls it, in one process: requests, deliveries, ticks.

Everything goes through the edge with real tokens on a real database; only the network is absent.
"""

import base64
import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4
from zipfile import ZipFile, is_zipfile

import pg8000.native
from pydantic import TypeAdapter

from local.identity import Signer
from local.objects import Objects
from shared import edge
from shared.answers import Json, Page
from shared.entry import Entry
from shared.http import Request, Response
from shared.manifest.discovery import entries
from shared.manifest.routes import find, routes
from shared.triggers import Cron, Http, OnEvent


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a sign-in; `user_id` is None until he has onboarded."""

    uid: str
    user_id: UUID | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, read."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # any JSON
        """Return the whole document."""
        return json.loads(self.body)

    @property
    def data(self) -> Any:  # any JSON
        """Return `data`."""
        return self.json["data"]

    @property
    def next(self) -> str | None:
        """Return the cursor of the next page."""
        cursor: str | None = self.json["meta"]["pagination"]["next"]
        return cursor

    @property
    def codes(self) -> list[tuple[str, str | None]]:
        """Return code and field of each error."""
        return [(each["code"], each.get("field")) for each in self.json["errors"]]


REFERENCE = ("platform.currency", "platform.country", "platform.city", "listings.category")
"""Tables that migrations fill and no caller changes."""

_CALLER_SECONDS = 300.0

OBJECTS = "Cloud Storage"
"""As what the objects of all buckets are stored, beside the tables."""


class Suite:
    """Calls functions and looks at what they stored."""

    def __init__(
        self,
        signer: Signer,
        database: Callable[[], pg8000.native.Connection],
        objects: Objects,
    ) -> None:
        """Serve with tokens of `signer`; look with a superuser's `database` and at `objects`."""
        self.signer = signer
        self.objects = objects
        self._database = database
        self._look: pg8000.native.Connection | None = None
        self._prepared: dict[str, pg8000.native.PreparedStatement] = {}
        self._callers: dict[str, tuple[float, str]] = {}
        self._tokens: dict[tuple[str, str], tuple[int, str]] = {}
        self._routes = routes()

    def call(
        self,
        operation: str,
        person: Person | None = None,
        *,
        body: object = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        version: int | None = None,
        now: datetime | None = None,
    ) -> Answer:
        """Call `operation` ("POST /api/v1/listings") as `person`."""
        method, _, path = operation.partition(" ")
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        raw = b""
        if isinstance(body, bytes):
            raw = body
        elif body is not None:
            raw = json.dumps(body).encode()
        if body is not None:
            sent.setdefault("content-type", "application/json")
        if person is not None:
            sent.setdefault("authorization", f"Bearer {self.token(person)}")
        if key is not None:
            sent["idempotency-key"] = key
        if version is not None:
            sent["if-match"] = str(version)
        given = {name: value for name, value in (query or {}).items() if value is not None}
        request = Request(method, path, urlencode(given, doseq=True), sent, raw)
        entry = find(self._routes, method, path)
        assert entry is not None, f"no function serves {operation}"
        response = edge.serve(entry, request, now)
        self._check_shape(entry, response)
        return Answer(response.status, response.headers, response.body)

    def gateway(
        self, method: str, path: str, headers: dict[str, str], body: bytes, **more: Any
    ) -> Response:
        """Serve in this process what a function sends to our own API; as `shared.cloud.gateway`."""
        sent = {name.lower(): value for name, value in headers.items()}
        sent |= {"authorization": f"Bearer {more['token']}"}
        if body:
            sent["content-type"] = "application/json"
        entry = find(self._routes, method, path)
        assert entry is not None
        return edge.serve(entry, Request(method, path, "", sent, body))

    def close(self) -> None:
        """Close the connection that looks."""
        if self._look is not None:
            self._look.close()
            self._look = None

    def token(self, person: Person) -> str:
        """Return an ID token of `person`.

        Of one second they are all alike, and to sign takes longer than to serve.
        """
        who, second = (person.uid, repr(person.claims)), int(time.time())
        made_in, token = self._tokens.get(who, (0, ""))
        if made_in != second:
            token = self.signer.person(person.uid, **person.claims)
            self._tokens[who] = (second, token)
        return token

    def caller(self, account: str) -> str:
        """Return a token of one of Google's accounts: for minutes the same one, as Google has it.

        To sign takes longer than most deliveries.
        """
        made_at, token = self._callers.get(account, (0.0, ""))
        if time.monotonic() - made_at > _CALLER_SECONDS or not token:
            token = self.signer.caller(account)
            self._callers[account] = (time.monotonic(), token)
        return token

    def deliver(self, *, times: int = 1, now: datetime | None = None) -> list[str]:
        """Deliver every event and task that waits, each `times` times, and what follows from them.

        Returns the types of the events, in order.
        """
        delivered = []
        while waiting := self._take_messages():
            for _, message_id, kind, name, body in waiting:
                if kind == "event":
                    delivered.append(name)
                for attempt in range(times):
                    for entry in subscribers(name) if kind == "event" else ():
                        answer = self.push(entry, body, attempt=attempt + 1, now=now)
                        assert answer.status == 204, answer.body
                    if kind == "task":
                        answer = self.carry(entries()[name], message_id, body, retries=attempt)
                        assert answer.status == 204, answer.body
        return delivered

    def carry(self, entry: Entry, message_id: object, body: str, *, retries: int = 0) -> Response:
        """Bring one task to its function as Cloud Tasks does."""
        headers = {
            "content-type": "application/json",
            "authorization": f"Bearer {self.caller('tasks')}",
            "x-cloudtasks-taskname": UUID(str(message_id)).hex,
            "x-cloudtasks-taskretrycount": str(retries),
        }
        return edge.serve(entry, Request("POST", "/", "", headers, body.encode()))

    def push(
        self, entry: Entry, body: str, *, attempt: int = 1, now: datetime | None = None
    ) -> Response:
        """Push one event to one handler as Pub/Sub does."""
        message = {"data": base64.b64encode(body.encode()).decode(), "messageId": str(uuid4())}
        envelope = {"message": message, "subscription": entry.name, "deliveryAttempt": attempt}
        headers = {
            "content-type": "application/json",
            "authorization": f"Bearer {self.caller('push')}",
        }
        request = Request("POST", "/", "", headers, json.dumps(envelope).encode())
        return edge.serve(entry, request, now)

    def tick(self, job: str, now: datetime | None = None) -> int:
        """Run a scheduled job as of `now`; return how many rows it did."""
        headers = {"authorization": f"Bearer {self.caller('scheduler')}"}
        if now is not None:
            headers["x-cloudscheduler-jobname"] = job.replace("_", "-")
            headers["x-cloudscheduler-scheduletime"] = now.isoformat()
        response = edge.serve(entries()[job], Request("POST", "/", "", headers))
        assert response.status == 200, response.body
        done: int = json.loads(response.body)["data"]["done"]
        return done

    def rows(self, sql: str, **values: object) -> list[list[Any]]:
        """Look at the database as its superuser, past row-level security."""
        return self._looking().run(sql, **values) or []

    def _looking(self) -> pg8000.native.Connection:
        if self._look is None:
            self._look = self._database()
            self._prepared.clear()
        return self._look

    def rows_again(self, sql: str) -> list[list[Any]]:
        """Look at the database by a statement that is asked often, and hence planned once.

        One over every table takes longer to plan than to run.
        """
        look = self._looking()
        if sql not in self._prepared:
            self._prepared[sql] = look.prepare(sql)
        return self._prepared[sql].run() or []

    def value(self, sql: str, **values: object) -> Any:  # any column
        """Return the first column of the first row."""
        found = self.rows(sql, **values)
        return found[0][0] if found else None

    def next_transaction(self) -> str:
        """Return the number of the next transaction: while it is the same, nobody has written."""
        ((number,),) = self.rows_again("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        return str(number)

    def tables(self) -> list[str]:
        """Return every table that holds what callers cause."""
        found = self.rows(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN "
            "('pg_catalog', 'information_schema', 'public', 'migrations') ORDER BY 1"
        )
        return [name for (name,) in found if name not in REFERENCE]

    def stored(self, *, apart: Collection[str] = ()) -> dict[str, list[str]]:
        """Return table → its rows as JSON, in order, but those set apart; and the objects."""
        found: dict[str, list[str]] = {name: [] for name in self.tables() if name not in apart}
        each = "SELECT '{0}' AS name, to_jsonb(t)::text AS row FROM {0} AS t"
        rows = " UNION ALL ".join(each.format(name) for name in found)
        for name, row in self.rows_again(f"{rows} ORDER BY name, row"):
            found[name].append(row)
        return {**found, OBJECTS: [json.dumps(each) for each in self._objects()]}

    def _objects(self) -> Iterator[dict[str, str]]:
        """Return every object of Cloud Storage with its text, and that of the files in it."""
        for bucket in sorted(self.objects.buckets):
            for each in self.objects.under(bucket):
                held = self.objects.get(bucket, each.name)
                yield {"name": each.name, "text": "" if held is None else _text(held[1])}

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return the envelopes in the outbox, in order, sent or not."""
        found = self.rows("SELECT body FROM platform.outbox WHERE kind = 'event' ORDER BY seq")
        read = [json.loads(row[0]) for row in found]
        return [each for each in read if kind is None or each["type"] == kind]

    def pages(self, operation: str, person: Person | None = None, **query: object) -> Iterator[Any]:
        """Return every item of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.call(operation, person, query={**query, "cursor": cursor})
            assert page.status == 200, page.body
            yield from page.data
            cursor = page.next
            if cursor is None:
                return

    def _take_messages(self) -> list[list[Any]]:
        return sorted(
            self.rows(
                "UPDATE platform.outbox SET sent_at = clock_timestamp() "
                "WHERE sent_at IS NULL RETURNING seq, id, kind, type, body"
            )
        )

    @staticmethod
    def _check_shape(entry: Entry, response: Response) -> None:
        """Hold every good answer against the shape that its function promises."""
        if not 200 <= response.status < 300 or not response.body or response.status == 204:
            return
        if response.headers.get("Content-Encoding") or not isinstance(entry.trigger, Http):
            return
        data = json.dumps(json.loads(response.body)["data"])
        if entry.function not in _PROMISED:
            _PROMISED[entry.function] = _promised(entry)
        if promised := _PROMISED[entry.function]:
            promised.validate_json(data, strict=True)


_PROMISED: dict[Callable[..., Any], TypeAdapter[Any] | None] = {}
"""Making one takes longer than most calls."""


def _promised(entry: Entry) -> TypeAdapter[Any] | None:
    """Return the shape that a function promises."""
    kind, shape = entry.answer
    if kind in {Json, Page} or isinstance(shape, type):
        return TypeAdapter(list[shape] if kind is Page else shape)  # type: ignore[valid-type]
    return None


def _text(body: bytes) -> str:
    """Return what a search for words would find in an object."""
    if not is_zipfile(BytesIO(body)):
        return body.decode("utf-8", "replace")
    with ZipFile(BytesIO(body)) as zipped:
        return "\n".join(f"{name} {zipped.read(name).decode()}" for name in zipped.namelist())


def subscribers(kind: str) -> list[Entry]:
    """Return the handlers of an event type."""
    return [
        entry
        for entry in entries().values()
        if isinstance(entry.trigger, OnEvent) and entry.event and entry.event.__name__ == kind
    ]


def jobs() -> list[Entry]:
    """Return the scheduled jobs."""
    return [entry for entry in entries().values() if isinstance(entry.trigger, Cron)]
