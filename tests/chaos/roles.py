"""The suite in processes that are started again when they die, as Cloud Run does."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, Any

import pg8000.native

from local import children, database, postgres, store
from local.dispatch import OTHERS
from local.home import HOST
from local.identity import PROJECT, Signer
from tests import clusters

TICK_SECONDS = 0.5
RELAY_AHEAD = timedelta(seconds=8)
"""The relay's clock: what is two seconds old is no longer being handed over, not ten."""

_START_SECONDS = 60


@dataclass(eq=False)
class Kept:
    """A process that is started again whenever it is found dead, on the socket that it had."""

    name: str
    command: str
    env: dict[str, str]
    listener: socket.socket
    output: IO[bytes]
    process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """Return where it is reached; whoever knocks while it is dead waits."""
        port: int = self.listener.getsockname()[1]
        return port

    def keep(self) -> None:
        """Start it unless it runs."""
        if self.process is None or self.process.poll() is not None:
            self.process = children.spawn(
                self.command, self.env, self.listener.fileno(), self.output, "tests.chaos"
            )

    def kill(self, choose: random.Random) -> bool:
        """SIGKILL it, or the worker that it watches; False when nothing was there to be killed."""
        assert self.process is not None
        first = self.process.pid
        with suppress(OSError):
            forked = Path(f"/proc/{first}/task/{first}/children").read_text().split()
            victims = [*map(int, forked), *map(int, forked), first]
            os.kill(choose.choice(victims), signal.SIGKILL)
            return True
        return False


@dataclass(eq=False)
class Stage:
    """A PostgreSQL, the processes around it, and the hand that kills them.

    Only the main thread may start PostgreSQL and the processes: they follow the thread that did.
    """

    directory: Path
    server: postgres.Server
    signer: Signer
    people: list[Kept]
    handlers: Kept
    jobs: Kept
    cloud: Kept
    choose: random.Random
    killed: Counter[str] = field(default_factory=Counter)
    crashed: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def kept(self) -> list[Kept]:
        """Return every process."""
        return [*self.people, self.handlers, self.jobs, self.cloud]

    def keep(self) -> None:
        """Start what has died."""
        for each in self.kept:
            each.keep()

    def kill_one(self) -> None:
        """SIGKILL a process at random."""
        victim = self.choose.choice(self.kept)
        if victim.kill(self.choose):
            self.killed[victim.name] += 1

    def restart_postgres(self, how: str) -> None:
        """Crash PostgreSQL (`SIGKILL`, `immediate`), or stop it in order; start it again."""
        if how == "SIGKILL":
            os.kill(self.server.pid, signal.SIGKILL)
        self.server.stop("fast" if how == "fast" else "immediate")
        self.server = postgres.start(
            self.directory / "postgres", port=self.server.port, log=lambda _: None
        )
        self.crashed[how] += 1

    @contextmanager
    def superuser(self) -> Iterator[pg8000.native.Connection]:
        """Connect as the superuser."""
        with closing(postgres.superuser_connection(self.server, database.NAME)) as db:
            yield db

    def rows(self, sql: str, **values: object) -> list[list[Any]]:
        """Look at the database as the superuser."""
        with self.superuser() as db:
            return db.run(sql, **values) or []

    def tick(self, job: str, ahead: timedelta = timedelta()) -> int:
        """Run a job as of `ahead` of now; return the status, 0 when nobody answered."""
        name = job.replace("_", "-")
        audience = f"http://{HOST}:{self.handlers.port}{OTHERS}{name}"
        headers = {
            "Authorization": f"Bearer {self.signer.caller('scheduler', audience)}",
            "X-CloudScheduler-ScheduleTime": (datetime.now(UTC) + ahead).isoformat(),
        }
        with closing(HTTPConnection(HOST, self.jobs.port, timeout=30)) as wire:
            try:
                wire.request("POST", f"{OTHERS}{name}", "", headers)
                with wire.getresponse() as answer:
                    return answer.status
            except (OSError, HTTPException):
                return 0

    def ready(self) -> None:
        """Wait until every process serves."""
        deadline = time.monotonic() + _START_SECONDS
        for each in self.kept:
            while not _serves(each.port):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{each.name} does not serve: see {self.directory}/log")
                self.keep()
                time.sleep(0.05)


@contextmanager
def stage(
    seed: int, mischief: str, mutant: str | None, *, firestore: float | None = None
) -> Iterator[Stage]:
    """Start everything in a directory of its own; end it, and leave nothing.

    With `firestore` there is one, which refuses so many of its calls.
    """
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="chaos-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o755)
        cluster = clusters.copy_to(directory / "postgres")
        server = postgres.start(cluster, log=lambda _: None)
        found = database.prepare(server, directory / "postgres")
        store.prepare(server, found["DB_NAME"], found["DB_PASSWORD"])
        signer = Signer.in_directory(directory)
        (directory / "certificates.json").write_text(signer.certificates())
        output = stack.enter_context((directory / "log").open("wb"))
        front, back, jobs, bus = (
            stack.enter_context(socket.create_server((HOST, 0), backlog=256)) for _ in range(4)
        )
        keys = (directory / "certificates.json").as_uri()
        address = f"http://{HOST}:{bus.getsockname()[1]}"
        env = {
            **os.environ,
            **found,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "TOKEN_KEYS_URL": keys,
            "INVOKER_KEYS_URL": keys,
            "PUBSUB_URL": address,
            "IDENTITY_URL": address,
            "DATA_DIR": str(directory),
            "PORT": str(back.getsockname()[1]),
            "FUNCTION_URL": f"http://{HOST}:{back.getsockname()[1]}{OTHERS}{{name}}",
            "SCHEDULER": "off",
            "DISPATCH_BACKOFF": "0.1,2",
            "CLOUD_MISCHIEF": mischief,
            "CHAOS_MUTANT": mutant or "",
        }
        if firestore is not None:
            env |= {"DOCUMENTS_URL": address, "CHAOS_FIRESTORE": str(firestore)}
        made = Stage(
            directory,
            server,
            signer,
            [Kept(f"API {n}", "serve", env, front, output) for n in (1, 2)],
            Kept("event handlers", "serve", env, back, output),
            Kept("relay and expiry", "serve", env, jobs, output),
            Kept("bus and dispatcher", "cloud", env, bus, output),
            random.Random(seed),
        )
        stack.callback(lambda: made.server.stop("immediate"))
        stack.callback(
            lambda: children.stop([each.process for each in made.kept if each.process], 1.0)
        )
        made.keep()
        made.ready()
        yield made


def _serves(port: int) -> bool:
    with closing(HTTPConnection(HOST, port, timeout=20)) as wire:
        try:
            wire.request("GET", "/healthz")
            with wire.getresponse() as answer:
                return answer.status == 200
        except (OSError, HTTPException):
            return False
