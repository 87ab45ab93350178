"""Real `functions-framework` processes on a port of their own, and the CPU that they use."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SERVER_CORE, OTHER_CORE = "0", "1"
STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What the load generator sends."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """Return the CPU time of its workers so far."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        ticks = 0
        for pid in children.split():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def spawn(target: str, source: str, environment: Mapping[str, str]) -> Server:
    """Start one function, one worker, pinned to a core of its own."""
    port = free_port()
    command = [
        "taskset",
        "-c",
        SERVER_CORE,
        str(Path(sys.executable).parent / "functions-framework"),
        f"--target={target}",
        f"--source={source}",
        "--host=127.0.0.1",
        f"--port={port}",
    ]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "WORKERS": "1", "THREADS": "8", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return Server(port, process)


@contextlib.contextmanager
def serving(
    target: str, source: str, environment: Mapping[str, str], first: Request
) -> Iterator[tuple[Server, float]]:
    """Start a function; yield it and the seconds from spawn to its first good answer."""
    started = time.perf_counter()
    server = spawn(target, source, environment)
    try:
        _first_answer(server, first)
        yield server, time.perf_counter() - started
    finally:
        os.killpg(server.process.pid, signal.SIGTERM)
        try:
            server.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait()


def _first_answer(server: Server, first: Request) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        try:
            connection.request(first.method, first.path, first.body, dict(first.headers))
            answer = connection.getresponse()
            body = answer.read()
        except OSError:
            time.sleep(0.003)
            continue
        finally:
            connection.close()
        if answer.status < 300:
            return
        message = f"{first.method} {first.path} answered {answer.status}: {body[:300]!r}"
        raise RuntimeError(message)
    message = f"no answer on port {server.port}"
    raise RuntimeError(message)
