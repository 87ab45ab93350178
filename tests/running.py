"""The suite as `make run` starts it: real processes on a free port, with a directory of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from local import database, ports, postgres
from tests import clusters, web

ROOT = Path(__file__).parent.parent
READY_SECONDS = 300
"""A busy machine takes its time; whoever waits in vain waits once."""


def soon(what: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait until `what` holds; tell whether it does."""
    deadline = time.monotonic() + seconds
    pause = 0.002
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(2 * pause, 0.05)
    return found


@dataclass
class Running:
    """One suite, started and ended as often as the test likes."""

    directory: Path
    listings: int = 0
    scheduler: str = "on"
    command: tuple[str, ...] = (sys.executable, "-m", "local", "run")
    ready_seconds: float = READY_SECONDS
    port: int = field(default_factory=ports.free)
    process: subprocess.Popen[bytes] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    migrated: bool = True
    """Whether its first start finds the database as the one before has left it."""

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """Return what it has printed."""
        return (self.directory / "said").read_text()

    def env(self) -> dict[str, str]:
        """Return the environment in which its commands run."""
        return {
            **os.environ,
            "DATA_DIR": str(self.directory / "data"),
            "PORT": str(self.port),
            "DEMO_LISTINGS": str(self.listings),
            "SCHEDULER": self.scheduler,
            **self.settings,
        }

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if self.migrated and not (self.directory / "data").exists():
            clusters.copy_to(self.directory / "data" / "postgres")
        with (self.directory / "said").open("wb") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.env(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = self.process
        soon(
            lambda: f"ready {self.url}\n" in self.said or process.poll() is not None,
            self.ready_seconds,
        )
        if f"\nready {self.url}\n" not in self.said:
            said = self.said
            self.kill_all()
            raise AssertionError(said)

    def processes(self) -> set[int]:
        """Return the processes of this suite, PostgreSQL's too: those that name its directory."""
        wanted = os.fsencode(self.directory)
        found = set()
        for path in Path("/proc").glob("[0-9]*"):
            try:
                named = (path / "cmdline").read_bytes() + (path / "environ").read_bytes()
                zombie = (path / "stat").read_text().rpartition(") ")[2][0] == "Z"
            except OSError:
                continue
            if wanted in named and not zombie:
                found.add(int(path.name))
        return found - {os.getpid()}

    def end(self, how: signal.Signals = signal.SIGTERM) -> float:
        """Send a signal to the process that was started; return how long it took to end."""
        assert self.process is not None
        begun = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(30)
        return time.monotonic() - begun

    def kill_all(self) -> None:
        """SIGKILL everything at once, as a power cut would."""
        for each in self.processes():
            try:
                os.kill(each, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if self.process is not None:
            self.process.wait(10)

    def token(self, role: str) -> str:
        """Return what `make token ROLE=…` prints."""
        done = subprocess.run(
            (sys.executable, "-m", "local", "token", role),
            cwd=ROOT,
            env=self.env(),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        (line,) = done.stdout.splitlines()
        return line

    def rows(self, sql: str, **values: object) -> list[list[Any]]:
        """Look at its database as the superuser."""
        server = postgres.start(self.directory / "data" / "postgres", log=lambda _: None)
        with closing(postgres.superuser_connection(server, database.NAME)) as db:
            return db.run(sql, **values) or []

    def settle(self) -> None:
        """Have the relay send what was not handed over, and wait until all of it is delivered."""
        assert soon(self._is_settled, 90), self.get("/local/deliveries?state=waiting").text

    def _is_settled(self) -> bool:
        tick = {"job": "cron_relay_outbox"}
        web.post(f"{self.url}/local/scheduler/tick", json=tick, timeout=30).raise_for_status()
        # What is handed over is owed before it is marked as sent, so it cannot slip between.
        unsent = self.rows("SELECT 1 FROM platform.outbox WHERE sent_at IS NULL LIMIT 1")
        return not unsent and not self.get("/local/deliveries?state=waiting").json()["data"]

    def get(self, path: str, token: str | None = None) -> httpx.Response:
        """Read a path."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return web.get(f"{self.url}{path}", headers=headers, timeout=20)
