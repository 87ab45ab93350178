"""The process that serves every function: gunicorn, as functions-framework runs it, but for all."""

import json
import os
import signal
from functools import partial
from typing import Any

from gunicorn.app.base import BaseApplication

from local import children, people
from local.emulators.objects import EmulatedObjects
from local.home import Home
from local.identity import Signer
from local.objects import Buckets, Objects, Stored
from local.pages import Pages
from local.router import Router
from local.sign_in import AuthEmulator
from local.signatures import DeniedError
from local.storage import TOPIC, Storage, notification
from local.store import Store
from shared.cloud import wire
from shared.manifest.discovery import entries
from shared.manifest.routes import routes
from shared.settings import settings

THREADS = 32
STOP_SECONDS = 1
ANNOUNCE_SECONDS = 5


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """One worker with many threads on a socket that listens already."""

    def __init__(self, listener: int) -> None:
        self._listener = listener
        super().__init__()

    def load_config(self) -> None:
        """Configure gunicorn; nothing is read from files or arguments."""
        arbiter = os.getpid()
        chosen = {
            "bind": f"fd://{self._listener}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "keepalive": 75,
            "timeout": 0,
            "graceful_timeout": STOP_SECONDS,
            "loglevel": "warning",
            # The longest query string that the edge reads, and the path.
            "limit_request_line": 8190,
            "control_socket_disable": True,
            "post_fork": lambda _arbiter, _worker: children.follow(arbiter, signal.SIGKILL),
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Router:
        """Make the application, in the worker."""
        home = Home.from_environment()
        signer = Signer.in_directory(home.directory)
        store = Store.of(settings(), size=2)
        emulator = _auth_emulator(signer)
        sign_in = emulator.token if emulator else partial(people.token, store, signer)
        pages = Pages(store, signer, entries(), sign_in)
        storage = Storage(_objects(home), signer, _announce)
        exchange = emulator.exchange if emulator else None
        return Router(routes(), entries(), pages, storage, exchange)


def _objects(home: Home) -> Buckets:
    buckets = frozenset({settings().export_bucket, settings().attachment_bucket})
    emulator = os.environ.get("STORAGE_EMULATOR_HOST")
    return EmulatedObjects(emulator, buckets) if emulator else Objects(home.objects, buckets)


def _auth_emulator(signer: Signer) -> AuthEmulator | None:
    host = os.environ.get("FIREBASE_AUTH_EMULATOR_HOST")
    return AuthEmulator(f"http://{host}", signer) if host else None


def _announce(stored: Stored) -> None:
    """Tell the topic of storage; an upload that cannot be told of is refused and tried again."""
    now = settings()
    path = f"/v1/projects/{now.project}/topics/{TOPIC}:publish"
    body = json.dumps({"messages": [notification(stored)]}).encode()
    headers = {"Content-Type": "application/json"}
    url = now.pubsub_url or f"http://{now.pubsub_emulator}"  # which speaks REST, too
    answer = wire.request(url, "POST", path, headers, body, ANNOUNCE_SECONDS)
    if answer.status != 200:
        raise DeniedError(503, "ServiceUnavailable", "Nobody could be told of this object.")


def main(listener: int) -> Any:  # noqa: ANN401  # gunicorn exits by itself
    """Serve until told to stop."""
    children.follow()
    return _Server(listener).run()
