"""One function under the server that serves it when it is deployed, and what the platform sends."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import ports
from local.identity import Signer
from tests import web
from tests.running import ROOT

START_SECONDS = 120
GRACE_SECONDS = 10
"""Cloud Run kills an instance so long after it has told it to stop."""

INSIDE = Path(__file__).parent / "inside"


class RefusedError(Exception):
    """The process ended before it served, with what it said."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """One function in a process of its own."""

    url: str
    inside_port: int
    process: subprocess.Popen[bytes]
    log: Path

    def push(self, signer: Signer, event: dict[str, Any]) -> httpx.Response:
        """Deliver an event as Pub/Sub does."""
        data = base64.b64encode(json.dumps(event).encode()).decode()
        body = {"message": {"data": data, "messageId": "7"}, "subscription": "s"}
        headers = {"Authorization": f"Bearer {signer.caller('push')}"}
        return web.post(self.url, json=body, headers=headers, timeout=20)

    def inside(self) -> dict[str, Any]:
        """Return what the worker says of itself; see `inside/sitecustomize.py`."""
        with socket.create_connection(("127.0.0.1", self.inside_port), 10) as asking:
            said = b"".join(iter(lambda: asking.recv(65_536), b""))
        report: dict[str, Any] = json.loads(said)
        return report

    def serves(self) -> bool:
        """Tell whether it answers. The kernel takes connections for it as long as it lives."""
        with suppress(httpx.TransportError):
            web.request("TRACE", self.url, timeout=0.5)
            return True
        return False

    def stop(self) -> None:
        """Tell it to stop, as the platform does first."""
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the server and its worker as the platform does when the grace is over."""
        for each in (self.inside()["pid"], self.process.pid):
            os.kill(each, signal.SIGKILL)
        self.process.wait(10)


@contextmanager
def deployed(
    target: str, log: Path, environment: Mapping[str, str] = os.environ, **more: str
) -> Iterator[Deployed]:
    """Start `functions-framework --target NAME` as the platform does, and end it.

    `more` is added to the environment. Raises RefusedError if it ends by itself, with an error.
    """
    port, inside_port = ports.free(), ports.free()
    program = Path(sys.executable).parent / "functions-framework"
    with log.open("wb") as output:
        process = subprocess.Popen(
            (str(program), "--target", target, "--port", str(port), "--host", "127.0.0.1"),
            cwd=ROOT,
            env={
                **environment,
                "FUNCTION_TARGET": target,
                "THREADS": "4",
                "PYTHONPATH": str(INSIDE),
                "INSIDE_PORT": str(inside_port),
                **more,
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        made = Deployed(f"http://127.0.0.1:{port}", inside_port, process, log)
        _wait(made)
        yield made
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait(made: Deployed) -> None:
    """Wait until the port is open; the request that follows is the first that is served."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and made.process.poll() is None:
        with suppress(httpx.TransportError):
            web.request("TRACE", made.url, timeout=5)
            return
        time.sleep(0.05)
    if made.process.poll():
        raise RefusedError(made.log.read_text())
    pytest.fail(f"it did not start:\n{made.log.read_text()[-3_000:]}")
