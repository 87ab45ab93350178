"""The local cloud in this process, and somebody who stands where the functions are served."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local import store
from local.bus import Bus
from local.dispatch import Dispatcher
from local.identity import Signer
from local.outgoing import Backoff
from local.postgres import Server
from local.store import Store
from shared.entry import Entry
from shared.settings import settings
from tests.factories import loopback

QUICK = Backoff(first_seconds=0.05, longest_seconds=0.4)


@dataclass
class Functions:
    """Stands where the functions are served: notes each request, answers as it is told."""

    url: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], tuple[int, dict[str, str]]] = lambda _: (204, {})

    def bodies(self, target: str) -> list[Any]:
        return [each["body"] for each in self.seen if each["target"] == target]


@contextmanager
def standing() -> Iterator[Functions]:
    """Run such a server."""
    noted = Functions()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            request = {
                "target": self.path.rpartition("/")[2].replace("-", "_"),
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "raw": raw,
                "body": json.loads(raw) if raw else None,
                "at": time.monotonic(),
            }
            noted.seen.append(request)
            status, headers = noted.answer(request)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Standing(ThreadingHTTPServer):
        daemon_threads = True

    with loopback.running(Standing(("127.0.0.1", 0), Handler)) as noted.url:
        yield noted


@contextmanager
def emptied(server: Server) -> Iterator[Store]:
    """Return what the local cloud keeps, emptied."""
    settings.cache_clear()
    now = settings()
    store.prepare(server, now.db_name, now.db_password or "")
    made = Store.of(now, size=6)
    made.rows("TRUNCATE local.delivery, local.schedule, local.queue, local.job, local.switch")
    yield made
    made.close()


@contextmanager
def served(db: Store, signer: Signer, url: str, entries: dict[str, Entry]) -> Iterator[str]:
    """Serve the local cloud for functions at `url`; return its `HOST:PORT`."""
    dispatcher = Dispatcher(db, signer, url, QUICK)
    running = threading.Thread(target=dispatcher.run, daemon=True)
    running.start()
    bus = Bus(db, entries, dispatcher.wake)
    try:
        with loopback.serving(bus.answer, bus.resource) as address:
            yield address.removeprefix("http://")
    finally:
        dispatcher.stop()
        running.join(5)


def states(db: Store) -> dict[str, int]:
    """Return how many deliveries there are in each state."""
    rows = db.rows("SELECT state, count(*) AS n FROM local.delivery GROUP BY state")
    return {row["state"]: row["n"] for row in rows}
