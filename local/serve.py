"""The process that serves every function: gunicorn, as functions-framework runs it, but for all."""

import os
import signal
from typing import Any

from gunicorn.app.base import BaseApplication

from local import children
from local.home import Home
from local.identity import Signer
from local.pages import Pages
from local.router import Router
from local.store import Store
from shared.manifest.discovery import entries
from shared.manifest.routes import routes
from shared.settings import settings

THREADS = 32
STOP_SECONDS = 1


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
        signer = Signer.in_directory(Home.from_environment().directory)
        pages = Pages(Store.of(settings(), size=2), signer, entries())
        return Router(routes(), entries(), pages)


def main(listener: int) -> Any:  # noqa: ANN401  # gunicorn exits by itself
    """Serve until told to stop."""
    children.follow()
    return _Server(listener).run()
