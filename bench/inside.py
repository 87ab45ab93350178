"""What a request takes in this process and in the backend of PostgreSQL that serves it.

The functions are served through the edge in the process that measures, so that both are seen.
"""

import contextlib
import io
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shared import edge
from shared.db import close_pools, pool
from shared.http import Request
from shared.manifest.discovery import entries
from shared.settings import settings


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request took, in milliseconds: by the clock, and of CPU in the backend and here."""

    wall: float
    backend: float
    here: float

    @property
    def cpu(self) -> float:
        """Return the CPU time of both."""
        return self.backend + self.here


@contextlib.contextmanager
def serving(environment: Mapping[str, str]) -> Iterator[None]:
    """Serve from a database."""
    os.environ.update(environment)
    settings.cache_clear()
    # Logging is part of a request's cost; reading it is not part of a report.
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    close_pools()


def answer(function: str, request: Request, now: datetime) -> bytes:
    """Return the body of a good answer."""
    response = edge.serve(entries()[function], request, now)
    if not 200 <= response.status < 300:
        raise RuntimeError(f"{request}: {response.status} {response.body!r}")
    return response.body


def cost(function: str, request: Request, now: datetime) -> Cost:
    """Return what a good answer takes. Something was asked of the function before."""
    backend = _backend(function)
    busy, here, started = _ran(backend), time.thread_time(), time.perf_counter()
    answer(function, request, now)
    wall, here = time.perf_counter() - started, time.thread_time() - here
    return Cost(wall * 1e3, (_ran(backend) - busy) / 1e6, here * 1e3)


def at(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of all lies."""
    return sorted(values)[int(len(values) * share)]


def _backend(function: str) -> Path:
    """Return where the kernel counts the CPU time of the function's connection."""
    with pool(entries()[function].db_role).connection() as db:
        ((process,),) = db.script("SELECT pg_backend_pid()")
    return Path(f"/proc/{process}/schedstat")


def _ran(backend: Path) -> int:
    return int(backend.read_text(encoding="ascii").split()[0])
