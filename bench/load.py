"""A load generator that costs little itself: raw sockets, kept alive, a few at a time."""

import itertools
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.servers import Request, Server

CONNECTIONS = 4
WARM_UP_SECONDS = 2.0
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run of requests cost the server."""

    cpu_ms: float
    p50_ms: float
    p95_ms: float
    requests: int


def measure(server: Server, requests: Callable[[int], Request], seconds: float) -> Measured:
    """Warm up, then send for `seconds`; every answer must be good."""
    numbers = itertools.count()
    _run(server, requests, numbers, WARM_UP_SECONDS)
    before = server.cpu_seconds()
    times = _run(server, requests, numbers, seconds)
    used = server.cpu_seconds() - before
    times.sort()
    return Measured(
        cpu_ms=used * 1000 / len(times),
        p50_ms=times[len(times) // 2] * 1000,
        p95_ms=times[int(len(times) * 0.95)] * 1000,
        requests=len(times),
    )


def _run(
    server: Server, requests: Callable[[int], Request], numbers: Iterator[int], seconds: float
) -> list[float]:
    deadline = time.perf_counter() + seconds
    collected: list[list[float]] = [[] for _ in range(CONNECTIONS)]
    failures: list[BaseException] = []

    def work(times: list[float]) -> None:
        try:
            with socket.create_connection(("127.0.0.1", server.port)) as wire:
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while time.perf_counter() < deadline:
                    raw = _encoded(requests(next(numbers)))
                    started = time.perf_counter()
                    _exchange(wire, raw)
                    times.append(time.perf_counter() - started)
        except BaseException as error:  # noqa: BLE001  # reported by the main thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(times,)) for times in collected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return [each for times in collected for each in times]


def _encoded(request: Request) -> bytes:
    body = (request.body or "").encode()
    lines = [f"{request.method} {request.path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    if request.body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _exchange(wire: socket.socket, raw: bytes) -> None:
    wire.sendall(raw)
    received = b""
    while b"\r\n\r\n" not in received:
        part = wire.recv(65_536)
        if not part:
            message = "the server closed the connection"
            raise ConnectionError(message)
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith((b"HTTP/1.1 2", b"HTTP/1.0 2")):
        message = f"{raw.splitlines()[0]!r}: {head.splitlines()[0]!r} {body[:300]!r}"
        raise RuntimeError(message)
    length = _LENGTH.search(head)
    left = int(length[1]) - len(body) if length else 0
    while left > 0:
        left -= len(wire.recv(min(left, 65_536)))
