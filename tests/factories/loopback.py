"""A service of the local cloud on loopback, in this process, for as long as a test wants it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from local import rest


@contextmanager
def serving(
    service: rest.Service, resources: rest.Resources | None = None, *, backlog: int = 256
) -> Iterator[str]:
    """Serve until the block ends; return the address.

    A server whose socket is merely closed goes on waiting for it, at all the CPU there is.
    """
    listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    server = rest.server(listener, service, resources)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
