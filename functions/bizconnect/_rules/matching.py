"""How partners are looked for and chosen: where to look, how many by chance, never many alike.

What weighs how much is `weights.json`, which carries a version; `docs/matching.md` explains it.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from functions.bizconnect._queries import matching as queries
from functions.bizconnect._queries import suggestions
from functions.bizconnect._rules import mixing, reasons
from functions.bizconnect._rules.model import model
from shared.db import Connection

MOST_A_DAY = 100
"""Whoever wants to see more of the market has the directory."""


class Seeker(Protocol):
    """A business that looks for partners."""

    @property
    def region(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def latitude(self) -> float: ...
    @property
    def longitude(self) -> float: ...
    @property
    def categories(self) -> list[str]: ...
    @property
    def sectors(self) -> list[str]: ...
    @property
    def corridors(self) -> list[str]: ...
    @property
    def offers(self) -> list[str]: ...
    @property
    def requests(self) -> list[str]: ...


class Lookups(NamedTuple):
    """The groups to look into, and how many to take of each."""

    keys: list[str]
    takes: list[int]


def lookups(seeker: Seeker, gains: Mapping[str, float]) -> Lookups:
    """Return where candidates for `seeker` are, so many of each that all together are bounded."""
    budget: dict[str, Any] = model()["lookups"]
    wanted: dict[str, int] = {}
    for kind, group in _groups(seeker, gains):
        for scope, places in _places(seeker).items():
            for place in places:
                take = budget[kind][scope] / len(places)
                key = f"{group}@{place}"
                wanted[key] = max(wanted.get(key, 0), math.ceil(take))
    share = min(1.0, budget["most"] / max(1, sum(wanted.values())))
    return Lookups(list(wanted), [max(2, int(take * share)) for take in wanted.values()])


def _groups(seeker: Seeker, gains: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    yield from (("supply", f"o:{each}") for each in seeker.requests)
    yield from (("demand", f"r:{each}") for each in seeker.offers)
    yield from (("could_supply", f"t:{each}") for each in seeker.requests)
    yield from (
        ("could_demand", f"r:{each}") for each in seeker.categories if each not in seeker.offers
    )
    yield from (("same_trade", f"t:{each}") for each in seeker.categories)
    yield from (
        ("complement", f"s:{each}")
        for each in sorted(gains, key=gains.__getitem__, reverse=True)[:4]
    )
    yield "anybody", "*"


def _places(seeker: Seeker) -> dict[str, list[str]]:
    """Return the cells of a degree within half a degree, the country, and the markets abroad."""
    rows = {math.floor(seeker.latitude - 0.5), math.floor(seeker.latitude + 0.5)}
    columns = {math.floor(seeker.longitude - 0.5), math.floor(seeker.longitude + 0.5)}
    abroad = []
    if seeker.region == "africa" and "afcfta" in seeker.corridors:
        abroad.append("africa>africa")
    if {"africa-us", "us-africa"} & set(seeker.corridors):
        abroad.append("us>africa" if seeker.region == "africa" else "africa>us")
    return {
        "near": [f"{row}/{column}" for row in sorted(rows) for column in sorted(columns)],
        "country": [seeker.country],
        "abroad": abroad,
    }


def gains_of(sectors: Sequence[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Return what each sector is worth to these sectors, and what these are worth to it."""
    table: dict[str, dict[str, float]] = model()["complements"]
    gains: dict[str, float] = {}
    for sector in sectors:
        for other, worth in table.get(sector, {}).items():
            gains[other] = max(gains.get(other, 0.0), worth)
    gives = {
        other: max((worths.get(sector, 0.0) for sector in sectors), default=0.0)
        for other, worths in table.items()
    }
    return gains, {other: worth for other, worth in gives.items() if worth}


def seed_of(business_id: UUID, day: date) -> str:
    """Return what chance is drawn from: the same for a business all its day."""
    return f"{business_id}:{day}:"


def room(found: suggestions.ShownRow, limit: int) -> bool:
    """Tell whether a business may be shown more today than it was."""
    return len(json.loads(found.items)) < limit and found.last < MOST_A_DAY


def suggest(
    db: Connection,
    business_id: UUID,
    seeker: queries.SeekerRow,
    found: suggestions.ShownRow,
    limit: int,
    now: datetime,
) -> list[UUID]:
    """Look for what is missing of a business's suggestions, note them as shown and return them."""
    shown = json.loads(found.items)
    wanted = min(limit - len(shown), MOST_A_DAY - found.last)
    gains, gives = gains_of(seeker.sectors)
    look = lookups(seeker, gains)
    seed = seed_of(business_id, seeker.day)
    candidates = queries.matches(
        db,
        business_id=business_id,
        now=now,
        day=seeker.day,
        seed=seed,
        weights=json.dumps(model()["weights"]),
        keys=look.keys,
        takes=",".join(map(str, look.takes)),
        offers=seeker.offers,
        requests=seeker.requests,
        gains=json.dumps(gains),
        gives=json.dumps(gives),
        alike=model()["alike"],
        most=wanted,
    )
    chosen = mixing.choose(json.loads(candidates.json), shown, wanted, found.last, seed)
    if chosen:
        noted = [
            {
                "position": each.position,
                "id": each.candidate["id"],
                "score": each.candidate["score"],
                "explored": each.explored,
                "reasons": reasons.of(each.candidate, seeker, explored=each.explored),
            }
            for each in chosen
        ]
        suggestions.put_impressions(
            db,
            business_id=business_id,
            day=seeker.day,
            weights=model()["version"],
            now=now,
            chosen=json.dumps(noted),
        )
    return [UUID(each.candidate["id"]) for each in chosen]
