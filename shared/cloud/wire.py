"""One kept-alive HTTP connection a thread and address, for what needs no client of its own."""

import http.client
import json
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from shared.http import Response

DEADLINE_SECONDS = 5.0


class RefusedError(RuntimeError):
    """The server has answered, and not what was hoped for."""


@dataclass
class _Wires(threading.local):
    """What this thread has open."""

    open: dict[str, http.client.HTTPConnection] = field(default_factory=dict)


_wires = _Wires()


def request(
    url: str, method: str, path: str, headers: Mapping[str, str], body: bytes, seconds: float
) -> Response:
    """Send one request to the server at `url`; raise OSError or HTTPException without an answer.

    A connection that the server has closed meanwhile is opened again and the request sent once
    more: it must be one that may arrive twice.
    """
    for fresh in (False, True):
        connection = _wires.open.get(url)
        if fresh or connection is None:
            connection = _wires.open[url] = _connect(url)
        connection.timeout = seconds
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return Response(answer.status, dict(answer.getheaders()), answer.read())
        except TimeoutError:
            connection.close()
            raise
        except (OSError, http.client.HTTPException):
            connection.close()
            if fresh:
                raise
    raise AssertionError  # the second turn returns or raises


def post(url: str, path: str, document: dict[str, Any], *fine: int) -> None:
    """Post JSON; raise `RefusedError` unless the answer is 200 or `fine`."""
    headers = {"Content-Type": "application/json"}
    answer = request(url, "POST", path, headers, json.dumps(document).encode(), DEADLINE_SECONDS)
    if answer.status not in {200, *fine}:
        raise RefusedError(f"{path} answered {answer.status}")


def hang_up() -> None:
    """Close what this thread has open."""
    while _wires.open:
        _wires.open.popitem()[1].close()


def _connect(url: str) -> http.client.HTTPConnection:
    address = urlsplit(url)
    if address.scheme == "https":
        return http.client.HTTPSConnection(address.netloc, context=_authorities())
    return http.client.HTTPConnection(address.netloc)


@cache
def _authorities() -> ssl.SSLContext:
    """Return who vouches for servers: to read them takes 20 ms, and every connection needs them."""
    return ssl.create_default_context()
