"""A small JSON server for the services that the functions call, on a socket that listens already.

It has a thread for each connection: the functions wait for it, so it may never wait for them.
"""

import binascii
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any

from shared import log

LARGEST_BODY = 10 * 1024 * 1024
_STATUS = {400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 409: "ALREADY_EXISTS", 413: "OUT_OF_RANGE"}

Answer = tuple[int, Any]
"""A status and any JSON."""

Service = Callable[[str, dict[str, Any]], Answer]
"""Answers what is posted to a path."""

Resources = Callable[[str, str, dict[str, Any]], Answer | None]
"""Answers the other methods, by method and path; None for what it does not know."""


class RefusedError(Exception):
    """Google would answer with an error."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str | None = None,
        *,
        details: list[dict[str, Any]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Refuse with an HTTP status, and Google's word for it where a status has several."""
        super().__init__(message)
        self.status = status
        self.details = details
        self.retry_after = retry_after
        self.kind = kind or _STATUS.get(status, "UNAVAILABLE")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "_Server"

    def do_GET(self) -> None:
        if self.path in {"/", "/healthz"}:
            self._send(200, {"serving": True})
        else:
            self._answer(lambda: self.server.resources("GET", self.path, {}))

    def do_PATCH(self) -> None:
        self._answer(lambda: self.server.resources("PATCH", self.path, self._body()))

    def do_DELETE(self) -> None:
        self._answer(lambda: self.server.resources("DELETE", self.path, {}))

    def do_POST(self) -> None:
        self._answer(lambda: self.server.service(self.path, self._body()))

    def _answer(self, answer: Callable[[], Answer | None]) -> None:
        try:
            self._send(*(answer() or _unknown(self.path)))
        except RefusedError as error:
            self._refuse(error)
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
            self._refuse(RefusedError(400, f"{type(error).__name__}: {error}"))
        except Exception as error:  # noqa: BLE001  # the sender tries again
            log.exception("not stored", error)
            self._refuse(RefusedError(503, "This is not stored."))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # inherited
        """Keep quiet: each function logs what it serves."""

    def _body(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            raise RefusedError(413, "The body is larger than 10 MB.")
        body: dict[str, Any] = json.loads(self.rfile.read(length))
        return body

    def _refuse(self, error: RefusedError) -> None:
        said = {"code": error.status, "message": str(error), "status": error.kind}
        if error.details:
            said["details"] = error.details
        self._send(error.status, {"error": said}, error.retry_after)

    def _send(self, status: int, document: Any, retry_after: int | None = None) -> None:  # noqa: ANN401  # any JSON
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listener: socket, service: Service, resources: Resources) -> None:
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.service = service
        self.resources = resources

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # inherited
        """A sender that hangs up is no error here."""


def _unknown(path: str) -> Answer:
    raise RefusedError(404, f"{path} is not served here.")


def _none(_method: str, _path: str, _body: dict[str, Any]) -> None:
    """Know nothing but what is posted."""


def server(
    listener: socket, service: Service, resources: Resources | None = None
) -> ThreadingHTTPServer:
    """Return a server, not yet begun, that answers POST by `service`, the rest by `resources`."""
    return _Server(listener, service, resources or _none)


def serve(listener: socket, service: Service, resources: Resources | None = None) -> None:
    """Serve in threads that end with the process."""
    made = server(listener, service, resources)
    threading.Thread(target=made.serve_forever, name="rest", daemon=True).start()
