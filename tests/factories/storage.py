"""Cloud Storage of this machine, on loopback in this process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from local.identity import Signer
from local.objects import Buckets, Stored
from local.storage import Storage
from tests.factories import loopback


class _Server(ThreadingMixIn, WSGIServer):
    """A thread a connection, which ends with it."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: callers are killed while they talk."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(
    objects: Buckets, signer: Signer, announce: Callable[[Stored], None] = lambda _: None
) -> Iterator[str]:
    """Serve until the block ends; return what `STORAGE_URL` must be."""
    application = Storage(objects, signer, announce)
    server = make_server("127.0.0.1", 0, application, _Server, _Quiet)
    with loopback.running(server, "storage") as url:
        yield url
