"""Functions that exist to see what the edge does with them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from schemas.shape import Event, PageQuery, Shape
from shared import edge
from shared.entry import Entry, compile_entry
from shared.http import Request, Response


class Note(Shape):
    """A body."""

    title: Annotated[str, Field(min_length=2, max_length=20)]
    amount: Annotated[int, Field(ge=0)] = 0
    tags: list[str] = []
    nested: Any = None


class NoteQuery(PageQuery):
    """A query with a list and a flag."""

    tag: list[str] = []
    verified: bool = False


class NoteWritten(Event):
    """An event."""

    title: str


def entry_of(function: Callable[..., Any], service: str = "platform") -> Entry:
    """Compile a probe as if it stood in `service`."""
    return replace(compile_entry(function), service=service)


def ask(
    function: Callable[..., Any],
    path: str = "/notes",
    *,
    method: str = "GET",
    query: str = "",
    body: bytes | None = b"",
    service: str = "platform",
    **headers: str,
) -> Response:
    """Send one request to a probe; header names are given with underscores."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return edge.serve(entry_of(function, service), Request(method, path, query, sent, body))
