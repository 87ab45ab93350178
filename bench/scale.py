"""How much slower the public reads are among 500,000 listings than among 5,000.

Each market has a database of its own on one throw-away server. The requests go through the edge of
this process, one after the other, the two markets in turns, so that whatever else the machine does
weighs on both; the CPU time, here and in PostgreSQL, says more on a busy machine. Questions to the
search are words of real titles, the same for both markets.
"""

import contextlib
import io
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, NoReturn
from urllib.parse import urlencode

import pg8000.native
from tqdm import tqdm

from local import database, postgres
from local.seed import seed
from shared import edge
from shared.db import close_pools, pool
from shared.http import Request
from shared.manifest.discovery import entries
from shared.settings import settings

SIZES = (5_000, 500_000)
ROUNDS = 6
REQUESTS = 100
"""Of each kind in a round, on each market, after each has been asked once."""
DEEP = 200
FULL_PAGE = 20
_LISTED = "/api/v1/listings"
CITIES = {"Lagos": (6.4541, 3.3947), "Nairobi": (-1.2833, 36.8167), "Cairo": (30.0626, 31.2497)}

Query = dict[str, str | int | float]


class Cost(NamedTuple):
    """What a request took."""

    seconds: float
    cpu_seconds: float


class Asked(NamedTuple):
    """One request."""

    function: str
    path: str
    query: Query


@dataclass(frozen=True, slots=True)
class Market:
    """A database and what to ask it."""

    size: int
    environment: dict[str, str]
    now: datetime
    """When its newest listing was published: while the clock runs on, the market stands still."""
    asked: dict[str, list[Asked]]


def main() -> None:
    """Fill both markets, measure them and print the table."""
    with tempfile.TemporaryDirectory(prefix="pushnchat-scale-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        server = postgres.start(directory)
        try:
            environments = {}
            for size in SIZES:
                environments[size] = database.prepare(server, directory, f"market{size}")
                with (
                    postgres.superuser_connection(server, f"market{size}") as db,
                    tqdm(total=size, desc=f"{size:,} listings", disable=None) as bar,
                ):
                    seed(db, size, progress=partial(_show, bar))
            report(server, environments)
        finally:
            close_pools()
            server.stop("immediate")


def _show(bar: "tqdm[NoReturn]", done: int) -> None:
    bar.update(done - bar.n)


def report(server: postgres.Server, environments: dict[int, dict[str, str]]) -> None:
    """Measure both markets and print p95 and ratio of each kind of read."""
    smallest = min(environments)
    with postgres.superuser_connection(server, environments[smallest]["DB_NAME"]) as db:
        pairs = _pairs(db)
    markets = [
        _market(server, environment, size, pairs) for size, environment in environments.items()
    ]
    for market in markets:
        with _serving(market.environment):
            for requests in market.asked.values():
                for each in requests:
                    answer(each, market.now)
    taken: dict[tuple[str, int], list[Cost]] = {}
    for number in range(ROUNDS):
        for market in markets:
            with _serving(market.environment):
                for kind, requests in market.asked.items():
                    backend = _backend(requests[0], market.now)
                    taken.setdefault((kind, market.size), []).extend(
                        cost(requests[turn % len(requests)], market.now, backend)
                        for turn in range(number * REQUESTS, (number + 1) * REQUESTS)
                    )
    small, large = (market.size for market in markets)
    columns = [f"{size:,} {what}" for what in ("ms", "CPU ms") for size in (small, large)]
    print(f"{'p50 / p95':32}" + "".join(f"{each:>18}" for each in columns) + "   p95 ratios")
    for kind in markets[0].asked:
        cells, ratios = [], []
        for what in ("seconds", "cpu_seconds"):
            before, after = (
                sorted(getattr(each, what) * 1000 for each in taken[kind, size])
                for size in (small, large)
            )
            cells += [f"{_at(each, 0.5):.2f} / {_at(each, 0.95):.2f}" for each in (before, after)]
            ratios.append(_at(after, 0.95) / _at(before, 0.95))
        print(
            f"{kind:32}"
            + "".join(f"{each:>18}" for each in cells)
            + "   {:.2f} {:.2f}".format(*ratios)
        )


def _at(sorted_times: list[float], share: float) -> float:
    return sorted_times[int(len(sorted_times) * share)]


def _market(
    server: postgres.Server, environment: dict[str, str], size: int, pairs: list[str]
) -> Market:
    with (
        postgres.superuser_connection(server, environment["DB_NAME"]) as db,
        _serving(environment),
    ):
        ((now,),) = db.run("SELECT max(published_at) FROM listings.public_listing")
        return Market(size, environment, now, _asked(db, pairs, now))


@contextlib.contextmanager
def _serving(environment: dict[str, str]) -> Iterator[None]:
    os.environ.update(environment)
    settings.cache_clear()
    # Logging is part of a request's cost; reading it is not part of this report.
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    close_pools()


def cost(asked: Asked, now: datetime, backend: Path) -> Cost:
    """Return what one request takes, here and in PostgreSQL."""
    busy, started, here = _nanoseconds(backend), time.perf_counter(), time.thread_time()
    answer(asked, now)
    here, waited = time.thread_time() - here, time.perf_counter() - started
    return Cost(waited, here + (_nanoseconds(backend) - busy) / 1e9)


def _backend(asked: Asked, now: datetime) -> Path:
    """Connect by a first request; return where the kernel counts that connection's CPU time."""
    answer(asked, now)
    with pool(entries()[asked.function].db_role).connection() as db:
        ((process,),) = db.script("SELECT pg_backend_pid()")
    return Path(f"/proc/{process}/schedstat")


def _nanoseconds(backend: Path) -> int:
    return int(backend.read_text(encoding="ascii").split()[0])


def answer(asked: Asked, now: datetime) -> bytes:
    """Return the body of a good answer."""
    request = Request("GET", asked.path, urlencode(asked.query), {}, b"")
    response = edge.serve(entries()[asked.function], request, now)
    if response.status != 200:
        raise RuntimeError(f"{asked}: {response.status} {response.body!r}")
    return response.body


def _asked(db: pg8000.native.Connection, pairs: list[str], now: datetime) -> dict[str, list[Asked]]:
    trades = [
        Asked("list_listings", _LISTED, {"country": country, "category": sector})
        for country, sector in db.run(
            "SELECT country, sector FROM listings.public_listing WHERE expires_at > :now "
            "GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 12",
            now=now,
        )
    ]
    found = {
        "list, category and country": trades,
        f"list, page {DEEP} or the last full": [_deep(each, now) for each in trades[:6]],
    }
    for city, (latitude, longitude) in CITIES.items():
        found[f"nearby, {city}"] = [
            Asked(
                "list_nearby_listings",
                f"{_LISTED}/nearby",
                {"latitude": latitude + step, "longitude": longitude + step, "radius_km": 50},
            )
            for step in (-0.1, -0.03, 0.0, 0.01, 0.1)
        ]
    found["search, two words"] = [Asked("search", "/api/v1/search", {"q": pair}) for pair in pairs]
    found["one listing"] = [
        Asked("get_listing", f"{_LISTED}/{each}", {})
        for (each,) in db.run(
            "SELECT id::text FROM listings.public_listing WHERE expires_at > :now "
            "ORDER BY md5(id::text) LIMIT 600",
            now=now,
        )
    ]
    return found


def _deep(first: Asked, now: datetime) -> Asked:
    """Return a page far down a list: the last that is full where there are fewer."""
    page = first
    for _ in range(DEEP - 1):
        cursor = json.loads(answer(page, now))["meta"]["pagination"]["next"]
        following = first._replace(query={**first.query, "cursor": cursor})
        if cursor is None or len(json.loads(answer(following, now))["data"]) < FULL_PAGE:
            break
        page = following
    return page


def _pairs(db: pg8000.native.Connection) -> list[str]:
    """Return pairs of words that stand in one title: common ones, rare ones, and both."""
    draw = random.Random("pairs")  # the same for every run
    pairs = []
    for (title,) in db.run(
        "SELECT folded_title FROM listings.listing ORDER BY md5(id::text) LIMIT 900"
    ):
        words = list(dict.fromkeys(title.split()))
        if len(words) > 1:
            pairs.append(" ".join(draw.sample(words, 2)))
    return pairs[: REQUESTS * ROUNDS]


if __name__ == "__main__":
    main()
