"""A stand-in for the identity provider, on loopback, that keeps what it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.factories import loopback


@dataclass
class Provider:
    """What was told, and what is answered."""

    url: str = ""
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answer: tuple[int, dict[str, Any]] = (200, {})
    asked: list[list[str]] = field(default_factory=list)
    standing: tuple[int, dict[str, Any]] = (200, {"users": [{"localId": "somebody"}]})
    """What is answered to `accounts:lookup`."""
    headers: dict[str, str] = field(default_factory=dict)
    """What is answered with it."""
    talks: threading.Event = field(default_factory=threading.Event)
    """While it is not set, nothing is answered at all."""

    def __post_init__(self) -> None:
        self.talks.set()


@contextmanager
def serving() -> Iterator[Provider]:
    """Serve until the block ends."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            said = self.rfile.read(length)
            if len(said) < length:  # the caller died in the middle of its sentence
                return
            if self.path.endswith("accounts:lookup"):
                provider.asked.append(json.loads(said)["localId"])
                status, answer = provider.standing
            else:
                provider.told.append((self.path, json.loads(said)))
                status, answer = provider.answer
            provider.talks.wait()
            self.send_response(status)
            for name, value in provider.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing: callers are killed while they talk."""

    with loopback.running(Server(("127.0.0.1", 0), Handler)) as provider.url:
        try:
            yield provider
        finally:
            provider.talks.set()
