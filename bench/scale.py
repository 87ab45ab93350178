"""How much slower the public reads are among 500,000 listings than among 5,000.

Each market has a database of its own on one throw-away server. The requests go through the edge of
this process, one after the other, the two markets in turns, so that whatever else the machine does
weighs on both; the CPU time, here and in PostgreSQL, says more on a busy machine. Questions to the
search are words of real titles, the same for both markets.
"""

import json
import random
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple, NoReturn
from urllib.parse import urlencode

import pg8000.native
from tqdm import tqdm

from bench import inside
from bench.inside import Cost, at, serving
from bench.place import throwaway
from local import postgres
from local.seed import seed
from shared.http import Request

SIZES = (5_000, 500_000)
ROUNDS = 6
REQUESTS = 100
"""Of each kind in a round, on each market, after each has been asked once."""
DEEP = 200
FULL_PAGE = 20
_LISTED = "/api/v1/listings"
CITIES = {"Lagos": (6.4541, 3.3947), "Nairobi": (-1.2833, 36.8167), "Cairo": (30.0626, 31.2497)}

Query = dict[str, str | int | float]


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
    with throwaway("scale") as place:
        environments = {}
        for size in SIZES:
            environments[size] = place.prepare(f"market{size}")
            with (
                postgres.superuser_connection(place.server, f"market{size}") as db,
                tqdm(total=size, desc=f"{size:,} listings", disable=None) as bar,
            ):
                seed(db, size, progress=partial(show, bar))
        report(place.server, environments)


def show(bar: "tqdm[NoReturn]", done: int) -> None:
    """Move a bar to `done`."""
    bar.update(done - bar.n)


def report(server: postgres.Server, environments: dict[int, dict[str, str]]) -> None:
    """Measure both markets and print p95 and ratio of each kind of read."""
    smallest = min(environments)
    with postgres.superuser_connection(server, environments[smallest]["DB_NAME"]) as db:
        pairs = title_pairs(db)
    markets = [
        _market(server, environment, size, pairs) for size, environment in environments.items()
    ]
    for market in markets:
        with serving(market.environment):
            for requests in market.asked.values():
                for each in requests:
                    answer(each, market.now)
    taken: dict[tuple[str, int], list[Cost]] = {}
    for number in range(ROUNDS):
        for market in markets:
            with serving(market.environment):
                for kind, requests in market.asked.items():
                    answer(requests[0], market.now)
                    taken.setdefault((kind, market.size), []).extend(
                        cost(requests[turn % len(requests)], market.now)
                        for turn in range(number * REQUESTS, (number + 1) * REQUESTS)
                    )
    small, large = (market.size for market in markets)
    columns = [f"{size:,} {what}" for what in ("ms", "CPU ms") for size in (small, large)]
    print(f"{'p50 / p95':32}" + "".join(f"{each:>18}" for each in columns) + "   p95 ratios")
    for kind in markets[0].asked:
        cells, ratios = [], []
        for what in ("wall", "cpu"):
            before, after = (
                [getattr(each, what) for each in taken[kind, size]] for size in (small, large)
            )
            cells += [f"{at(each, 0.5):.2f} / {at(each, 0.95):.2f}" for each in (before, after)]
            ratios.append(at(after, 0.95) / at(before, 0.95))
        print(
            f"{kind:32}"
            + "".join(f"{each:>18}" for each in cells)
            + "   {:.2f} {:.2f}".format(*ratios)
        )


def _market(
    server: postgres.Server, environment: dict[str, str], size: int, pairs: list[str]
) -> Market:
    with (
        postgres.superuser_connection(server, environment["DB_NAME"]) as db,
        serving(environment),
    ):
        ((now,),) = db.run("SELECT max(published_at) FROM listings.public_listing")
        return Market(size, environment, now, kinds(db, pairs, now))


def cost(asked: Asked, now: datetime, token: str | None = None) -> Cost:
    """Return what one request takes, here and in PostgreSQL; a stranger's without a token."""
    return inside.cost(asked.function, _request(asked, token), now)


def answer(asked: Asked, now: datetime, token: str | None = None) -> bytes:
    """Return the body of a good answer."""
    return inside.answer(asked.function, _request(asked, token), now)


def _request(asked: Asked, token: str | None) -> Request:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return Request("GET", asked.path, urlencode(asked.query), headers, b"")


def kinds(db: pg8000.native.Connection, pairs: list[str], now: datetime) -> dict[str, list[Asked]]:
    """Return the requests of each kind of read, for which `db` has answers."""
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


def title_pairs(db: pg8000.native.Connection) -> list[str]:
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
