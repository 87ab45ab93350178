"""A request and an answer, whatever serves them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

LARGEST_BODY = 256 * 1024


class Readable(Protocol):
    """The body of a WSGI request."""

    def read(self, size: int = ..., /) -> bytes:
        """Read up to `size` bytes."""


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived. `body` is None when it is larger than `LARGEST_BODY`."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = b""

    def header(self, name: str) -> str | None:
        """Return a header by its lower-case name."""
        return self.headers.get(name)


@dataclass(slots=True)
class Response:
    """What goes back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def status_line(self) -> str:
        """Return the status as WSGI wants it."""
        from http import HTTPStatus  # noqa: PLC0415  # loaded by the server anyway

        return f"{self.status} {HTTPStatus(self.status).phrase}"


def from_environ(environ: Mapping[str, Any]) -> Request:
    """Read a WSGI environment."""
    headers = {
        key[5:].lower().replace("_", "-"): value
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers[key.lower().replace("_", "-")] = environ[key]
    path = environ.get("PATH_INFO", "/").encode("latin-1", "replace").decode("utf-8", "replace")
    return Request(
        method=environ["REQUEST_METHOD"],
        path=path or "/",
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=_body(environ),
    )


def _body(environ: Mapping[str, Any]) -> bytes | None:
    stream: Readable = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH") or ""
    chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    if not length and not chunked:
        return b""
    if length.isdigit() and int(length) > LARGEST_BODY:
        return None
    wanted = int(length) if length.isdigit() and not chunked else LARGEST_BODY + 1
    body = _read(stream, wanted)
    return None if len(body) > LARGEST_BODY else body


def _read(stream: Readable, size: int) -> bytes:
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def to_wsgi(response: Response) -> tuple[str, list[tuple[str, str]], Iterable[bytes]]:
    """Return status line, headers and body as WSGI wants them."""
    if response.status not in {204, 304}:
        response.headers.setdefault("Content-Length", str(len(response.body)))
    return response.status_line(), list(response.headers.items()), [response.body]
