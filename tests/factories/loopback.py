"""A server on loopback, in this process, for as long as a test wants it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import TCPServer

from local import rest

_POLL_SECONDS = 0.02
"""So long a server may take to hear that it is over."""


@contextmanager
def running(server: TCPServer, name: str | None = None) -> Iterator[str]:
    """Run `server` until the block ends; return its address.

    With a `name` it may outlive a module of tests. One whose socket is merely closed goes on
    waiting for it, at all the CPU there is.
    """
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name=name)
    thread.start()
    try:
        _, port = server.socket.getsockname()
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def serving(
    service: rest.Service, resources: rest.Resources | None = None, *, backlog: int = 256
) -> Iterator[str]:
    """Run a service of the local cloud until the block ends; return its address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    with running(rest.server(listener, service, resources)) as url:
        yield url
