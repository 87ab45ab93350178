"""A bus that speaks Pub/Sub's and Cloud Tasks' REST calls, and what waits to be handed to it."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest

from shared.cloud import wire
from shared.entry import Entry
from shared.ids import new_id
from shared.manifest.discovery import entries
from shared.settings import settings
from tests.factories import loopback
from tests.suite import Suite


class Bus(ThreadingHTTPServer):
    """Keeps what it accepts, in order; `status` decides what it answers."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.accepted: list[tuple[str, dict[str, Any]]] = []
        self.status: Callable[[int], int] = lambda _: 200
        self.refuses: Callable[[dict[str, Any]], bool] = lambda _: False
        self._asked = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Return what `PUBSUB_URL` must be."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def ids(self) -> list[str]:
        """Return the outbox ids of the accepted events."""
        return [message["attributes"]["id"] for message in self.messages]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Return the accepted events as Pub/Sub has them."""
        return [body["messages"][0] for path, body in self.accepted if path.endswith(":publish")]

    def handle_error(self, *_: object) -> None:
        """Say nothing: callers are killed while they talk."""

    def answer(self, path: str, body: dict[str, Any]) -> int:
        """Accept one call, or not."""
        with self._lock:
            self._asked += 1
            asked = self._asked
        status = 404 if self.refuses(body) else self.status(asked)
        if status == 200:
            with self._lock:
                self.accepted.append((path, body))
        return status


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Bus

    def do_POST(self) -> None:
        try:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        except ValueError:  # the caller died in the middle of its sentence
            self.close_connection = True
            return
        status = self.server.answer(self.path, body)
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """Run a bus that the suite is configured for."""
    server = Bus()
    with loopback.running(server):
        try:
            with monkeypatch.context() as environment:
                environment.setenv("PUBSUB_URL", server.url)
                settings.cache_clear()
                yield server
        finally:
            settings.cache_clear()
            wire.hang_up()


def unsent(
    suite: Suite, count: int, *, keys: int = 1, kind: str = "event", age: str = "1 minute"
) -> list[UUID]:
    """Store rows that no hand-over has sent, in turn under `keys` ordering keys."""
    ids = [new_id() for _ in range(count)]
    suite.rows(
        "INSERT INTO platform.outbox (id, kind, topic, type, ordering_key, body, created_at) "
        "SELECT id, :kind, 'listings', 'ListingExpired', 'key-' || n % :keys, "
        "jsonb_build_object('n', n)::text, clock_timestamp() - CAST(:age AS interval) "
        "FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS given (id, n) ORDER BY n",
        ids=ids,
        kind=kind,
        keys=keys,
        age=age,
    )
    return ids


def payload(message: dict[str, Any]) -> Any:  # any JSON
    """Return what a published message carries."""
    return json.loads(base64.b64decode(message["data"]))


def carried(task: dict[str, Any]) -> tuple[Entry, str, str]:
    """Return whom an accepted task is for, its name and what it carries."""
    request = task["httpRequest"]
    function = request["url"].rpartition("/")[2].replace("-", "_")
    name = task["name"].rpartition("/")[2]
    return entries()[function], name, base64.b64decode(request["body"]).decode()
