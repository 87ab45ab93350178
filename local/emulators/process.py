"""Starts an emulator on a free port, waits until it answers, ends it with all that it forked."""

import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from local import children, ports

HOST = "127.0.0.1"
READY_SECONDS = 240
STOP_SECONDS = 5


class MissingError(Exception):
    """The emulator is not on this machine; the message says how to get it."""


class FailedError(Exception):
    """The emulator ended or did not answer; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator at `host` (`127.0.0.1:PORT`)."""

    host: str
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Return its address as a URL."""
        return f"http://{self.host}"

    def stop(self) -> None:
        """End it, and what it forked."""
        children.stop([self.process], STOP_SECONDS)


def start(
    command: Callable[[int], Sequence[str]],
    *,
    directory: Path,
    name: str,
    env: Mapping[str, str] | None = None,
) -> Emulator:
    """Start what `command` returns for a port, in `directory`, and wait until it answers HTTP.

    What it prints goes to `NAME.log` there. It ends with this process. Raises `FailedError`.
    """
    directory.mkdir(parents=True, exist_ok=True)
    port, log = ports.free(), directory / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*_followed(), *command(port)],
            cwd=directory,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    made = Emulator(f"{HOST}:{port}", process)
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            made.stop()
            raise FailedError(
                f"{name} did not start:\n{log.read_text('utf-8', 'replace')[-3_000:]}"
            )
        time.sleep(0.1)
    return made


def _followed() -> list[str]:
    """Return what makes the kernel end a program that is not ours when this process dies."""
    code = (
        "import ctypes, os, sys; "
        f"ctypes.CDLL(None).prctl(1, {int(signal.SIGTERM)}); "
        "os.execvp(sys.argv[1], sys.argv[1:])"
    )
    return [sys.executable, "-c", code] if sys.platform == "linux" else []


def _answers(port: int) -> bool:
    with closing(http.client.HTTPConnection(HOST, port, timeout=5)) as wire:
        try:
            wire.request("GET", "/")
            wire.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
    return True
