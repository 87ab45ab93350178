"""`python -m bench`: CPU a request and cold start, beside hello world, in one run.

CPU milliseconds of the worker are what a bill counts and what repeats on a noisy machine; still,
ratios under 1.2 are ties. One worker on a core of its own; PostgreSQL and the load share the other.
"""

import argparse
import json
import random
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.load import Measured, measure
from bench.place import throwaway
from bench.servers import ROOT, Request, serving
from local import database, postgres
from local.identity import Signer
from local.seed import seed

MAIN = str(ROOT / "main.py")
HELLO = str(ROOT / "bench" / "hello.py")
SECONDS = 6.0
COLD_STARTS = 7
LISTINGS = 50_000
BUSINESSES = 1_000_000
OWNERS = 800
"""An owner may publish twenty an hour, so a run of creates needs many."""


@dataclass(frozen=True, slots=True)
class Target:
    """One function, and the requests that it is measured by."""

    name: str
    source: str
    requests: Callable[[int], Request]


@contextmanager
def market(listings: int) -> Iterator[tuple[postgres.Server, dict[str, str], Signer]]:
    """Run PostgreSQL with a market of `listings`; yield what functions need to reach it."""
    with throwaway("bench") as place:
        environment = place.prepare()
        with postgres.superuser_connection(place.server, database.NAME) as db:
            seed(db, listings)
        yield place.server, environment, place.signer


def targets(server: postgres.Server, signer: Signer) -> list[Target]:
    """Return what is measured, with parameters that the seeded market has."""
    choose = random.Random(7)
    with postgres.superuser_connection(server, database.NAME) as db:
        ids = [
            row[0]
            for row in db.run(
                "SELECT id FROM listings.public_listing "
                "WHERE expires_at > now() + interval '1 hour' LIMIT 5000"
            )
        ]
        pairs = db.run(
            "SELECT category, country FROM listings.public_listing "
            "GROUP BY 1, 2 HAVING count(*) > 25 ORDER BY count(*) DESC LIMIT 200"
        )
        owners = db.run(
            "SELECT a.uid, b.id, b.country, b.city_id FROM users.account AS a "
            "JOIN users.membership AS m ON m.user_id = a.id "
            "JOIN users.business AS b ON b.id = m.business_id LIMIT :n",
            n=OWNERS,
        )
    choose.shuffle(ids)
    writers = [(signer.person(uid), *rest) for uid, *rest in owners]
    return [
        Target("hello", HELLO, lambda _: Request("GET", "/", {})),
        Target(
            "get_listing",
            MAIN,
            lambda n: Request("GET", f"/api/v1/listings/{ids[n % len(ids)]}", {}),
        ),
        Target(
            "list_listings",
            MAIN,
            lambda n: Request(
                "GET",
                "/api/v1/listings?category={}&country={}".format(*pairs[n % len(pairs)]),
                {},
            ),
        ),
        Target("create_listing", MAIN, lambda n: _new_listing(*writers[n % len(writers)])),
    ]


def _new_listing(token: str, business: str, country: str, city: int) -> Request:
    body = {
        "business_id": str(business),
        "type": "offer",
        "title": "Fresh tomatoes by the basket",
        "description": "Picked this morning, sorted by hand, delivered anywhere in town today.",
        "language": "en",
        "category": "fresh-vegetables",
        "attributes": {},
        "price": {"kind": "negotiable"},
        "country": country,
        "city_id": city,
        "duration_hours": 48,
    }
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return Request("POST", "/api/v1/listings", headers, json.dumps(body))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        choices=["functions", "scale", "blocks", "suggestions", "messages"],
        default="functions",
    )
    parser.add_argument("--businesses", type=int, default=BUSINESSES)
    parser.add_argument("--listings", type=int, default=LISTINGS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    chosen = parser.parse_args()
    if chosen.what == "scale":
        from bench import scale  # noqa: PLC0415  # it seeds half a million rows when it runs

        scale.main()
        return
    if chosen.what == "blocks":
        from bench import blocks  # noqa: PLC0415  # as above

        blocks.main()
        return
    if chosen.what == "suggestions":
        from bench import suggestions  # noqa: PLC0415  # as above, a million

        suggestions.main(chosen.businesses)
        return
    if chosen.what == "messages":
        from bench import messages  # noqa: PLC0415  # as above, a million

        messages.main()
        return
    with market(chosen.listings) as (server, environment, signer):
        known = targets(server, signer)
        print(f"{chosen.listings:,} listings; one worker, CPU of the worker process")
        _print_requests(known, environment, chosen.seconds)
        _print_cold_starts(known, environment)


def _print_requests(known: list[Target], environment: dict[str, str], seconds: float) -> None:
    print(
        f"\n{'function':<16}{'CPU ms':>8}{'x hello':>9}{'p50 ms':>8}{'p95 ms':>8}{'requests':>10}"
    )
    floor: Measured | None = None
    for target in known:
        with serving(target.name, target.source, environment, target.requests(0)) as (running, _):
            found = measure(running, target.requests, seconds)
        floor = floor or found
        print(
            f"{target.name:<16}{found.cpu_ms:>8.3f}{found.cpu_ms / floor.cpu_ms:>9.2f}"
            f"{found.p50_ms:>8.2f}{found.p95_ms:>8.2f}{found.requests:>10}"
        )


def _print_cold_starts(known: list[Target], environment: dict[str, str]) -> None:
    """Start each in turn, again and again, so that drift of the machine hits all alike."""
    times: dict[str, list[float]] = {target.name: [] for target in known}
    for number in range(COLD_STARTS + 1):
        for target in known:
            first = target.requests(10_000 + number)
            with serving(target.name, target.source, environment, first) as (_, seconds):
                if number:  # the first fills the file cache
                    times[target.name].append(seconds)
    print(f"\n{'cold start':<16}{'ms':>8}{'x hello':>9}   (spawn to first answer, median)")
    hello = statistics.median(times[known[0].name])
    for name, found in times.items():
        median = statistics.median(found)
        print(f"{name:<16}{median * 1000:>8.0f}{median / hello:>9.2f}")


if __name__ == "__main__":
    main()
