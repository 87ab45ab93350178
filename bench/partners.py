"""A made-up market in which it is known who suits whom, and how many of those are suggested.

Each business that looks has ten good partners among thousands of others. They are planted by a
story and not by the score: four sell what it seeks, three seek what it sells, three work in a trade
that goes with its own. Most are near, some are abroad in a market that both trade in, and each sign
is missing now and then. Beside them stand decoys that have one sign and lack the rest.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pg8000.native

from functions.bizconnect._queries import matching as queries
from functions.bizconnect._queries import suggestions
from functions.bizconnect._rules import matching as rules
from functions.bizconnect._rules.model import model
from functions.bizconnect._statements._pairs import KEYS
from migrations.reference import rows
from shared.db import Connection

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
SHOWN = 20
_COUNTRIES = ("NG", "GH", "KE", "SN", "CI", "TZ", "ZA", "EG")
_LARGEST = 40
_DEGREE_KM = 111.2


@dataclass
class Firm:
    """A business of the market."""

    id: UUID
    country: str
    city_id: int
    latitude: float
    longitude: float
    categories: list[str]
    sector: str
    corridors: list[str]
    verification: int
    responsiveness: float
    offers: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    partners: set[UUID] = field(default_factory=set)


class Market:
    """Draws businesses from a seed."""

    def __init__(self, size: int, seekers: int, seed: int) -> None:
        """Draw `size` businesses, and `seekers` more with their partners and decoys."""
        self._random = Random(f"partners:{seed}")
        self._sectors: dict[str, list[str]] = {}
        for row in rows.categories():
            if row.parent:
                self._sectors.setdefault(row.parent, []).append(row.id)
        self._cities: dict[str, list[rows.CityRow]] = {country: [] for country in _COUNTRIES}
        for city in sorted(rows.cities(), key=lambda each: -each.population):
            if len(self._cities.get(city.country, range(_LARGEST))) < _LARGEST:
                self._cities[city.country].append(city)
        self.firms = [self._firm() for _ in range(size)]
        self.seekers = [self._seeker() for _ in range(seekers)]

    def _firm(self, **given: Any) -> Firm:  # noqa: ANN401  # any field of it
        draw = self._random
        country = given.pop("country", None) or draw.choice(_COUNTRIES)
        cities = self._cities[country]
        city = (
            given.pop("city", None) or draw.choices(cities, [each.population for each in cities])[0]
        )
        sector = given.pop("sector", None) or draw.choice(sorted(self._sectors))
        leaves = self._sectors[sector]
        categories = given.pop("categories", None) or draw.sample(leaves, draw.randint(1, 2))
        made = Firm(
            UUID(int=draw.getrandbits(128), version=4),
            country,
            city.id,
            city.latitude + draw.uniform(-0.1, 0.1),
            city.longitude + draw.uniform(-0.1, 0.1),
            categories,
            sector,
            [
                name
                for name, share in (("afcfta", 0.5), ("africa-us", 0.2))
                if draw.random() < share
            ],
            draw.choices(range(4), (40, 30, 22, 8))[0],
            draw.betavariate(4, 4),
        )
        if draw.random() < 0.45:
            made.offers = categories[: draw.randint(1, 2)]
        if draw.random() < 0.25:
            made.requests = [draw.choice(self._sectors[draw.choice(sorted(self._sectors))])]
        for name, value in given.items():
            setattr(made, name, value)
        return made

    def _seeker(self) -> Firm:
        draw = self._random
        seeker = self._firm(corridors=["afcfta"])
        seeker.offers = seeker.categories[:1]
        sought_in = draw.choice(sorted(model()["complements"][seeker.sector]))
        seeker.requests = [draw.choice(self._sectors[sought_in])]
        self.firms.append(seeker)
        planted = [
            *(self._supplier(seeker, sought_in) for _ in range(4)),
            *(self._customer(seeker) for _ in range(3)),
            *(self._neighbour(seeker) for _ in range(3)),
        ]
        seeker.partners = {each.id for each in planted}
        self.firms += planted
        self.firms += self._decoys(seeker, sought_in)
        return seeker

    def _partner(self, seeker: Firm, **given: Any) -> Firm:  # noqa: ANN401  # as above
        """Draw somebody worth meeting: mostly near, rather verified, rather quick to answer."""
        draw = self._random
        lot = draw.random()
        if lot < 0.85:
            given["country"] = seeker.country
            given["city"] = self._city_near(seeker, 150 if lot < 0.6 else 1_000)
        else:
            abroad = [each for each in _COUNTRIES if each != seeker.country]
            given |= {"country": draw.choice(abroad), "corridors": ["afcfta"]}
        return self._firm(
            **given,
            verification=draw.choices(range(4), (15, 25, 40, 20))[0],
            responsiveness=draw.betavariate(7, 3),
        )

    def _supplier(self, seeker: Firm, sector: str) -> Firm:
        made = self._partner(seeker, sector=sector, categories=list(seeker.requests))
        made.offers = list(seeker.requests) if self._random.random() < 0.75 else []
        return made

    def _customer(self, seeker: Firm) -> Firm:
        made = self._partner(seeker)
        made.requests = list(seeker.offers)
        return made

    def _neighbour(self, seeker: Firm) -> Firm:
        draw = self._random
        worth = model()["complements"][seeker.sector]
        good = [each for each, value in worth.items() if value >= 0.6] or list(worth)
        return self._firm(
            country=seeker.country,
            city=self._city_near(seeker, 60),
            sector=draw.choice(sorted(good)),
            verification=draw.choices((1, 2, 3), (20, 50, 30))[0],
            responsiveness=draw.betavariate(8, 2),
        )

    def _decoys(self, seeker: Firm, sought_in: str) -> Iterator[Firm]:
        """Draw whoever sells it in another country only, or is near, or never answers."""
        draw = self._random
        here = self._city_near(seeker, 30)
        abroad = [each for each in _COUNTRIES if each != seeker.country]
        for _ in range(8):
            yield self._firm(
                country=draw.choice(abroad),
                sector=sought_in,
                categories=list(seeker.requests),
                corridors=[],
                offers=list(seeker.requests),
            )
            yield self._firm(country=seeker.country, city=here, offers=[], requests=[])
            yield self._firm(
                country=seeker.country,
                city=self._city_near(seeker, 400),
                sector=sought_in,
                categories=list(seeker.requests),
                offers=[],
                verification=0,
                responsiveness=draw.betavariate(1, 8),
            )

    def _city_near(self, seeker: Firm, km: float) -> rows.CityRow:
        cities = self._cities[seeker.country]
        near = [each for each in cities if distance(seeker, each) <= km]
        own = [each for each in cities if each.id == seeker.city_id]
        return self._random.choice(near or own)


def distance(one: Firm, other: Firm | rows.CityRow) -> float:
    """Return about how many kilometres lie between two places."""
    east = (one.longitude - other.longitude) * math.cos(math.radians(one.latitude))
    return _DEGREE_KM * math.hypot(one.latitude - other.latitude, east)


def load(db: pg8000.native.Connection, market: Market) -> None:
    """Store the market as the read model and the listings have it, as an administrator."""
    firms = [
        {
            **{name: value for name, value in vars(each).items() if name != "partners"},
            "id": str(each.id),
        }
        for each in market.firms
    ]
    until = NOW + timedelta(days=4)
    db.run("BEGIN; SET LOCAL session_replication_role = replica")
    db.run(
        f"""
        WITH f AS (
            SELECT * FROM jsonb_to_recordset(CAST(:firms AS jsonb)) AS f (id uuid, country text,
                city_id integer, latitude float8, longitude float8, categories text[], sector text,
                corridors text[], verification smallint, responsiveness float8, offers text[],
                requests text[])),
        c AS (
            SELECT id AS business_id, hashtextextended(id::text, 1) AS slot, 'africa' AS region,
                country, city_id, latitude, longitude, 'Africa/Lagos' AS zone, 'en' AS language,
                categories, ARRAY[sector] AS sectors, offers, requests, corridors, verification,
                responsiveness, timestamptz 'infinity' AS due_at
            FROM f),
        stored AS (
            INSERT INTO bizconnect.candidate (business_id, slot, region, country, city_id, latitude,
                longitude, zone, language, categories, sectors, offers, requests, corridors,
                verification, responsiveness, due_at, keys)
            SELECT c.*, {KEYS} FROM c RETURNING slot, keys)
        INSERT INTO bizconnect.candidate_key (key, slot) SELECT unnest(keys), slot FROM stored
        """,
        firms=json.dumps(firms),
    )
    db.run(
        """
        INSERT INTO listings.public_listing (id, business_id, type, sector, category, country,
            city_id, verified, attributes, search, place, published_at, expires_at, card, detail)
        SELECT gen_random_uuid(), f.id, l.type, '', l.category, f.country, f.city_id, false, '{}',
            '', ll_to_earth(0, 0), :now, :until, '', ''
        FROM jsonb_to_recordset(CAST(:firms AS jsonb)) AS f (id uuid, country text, city_id integer,
            offers text[], requests text[])
        CROSS JOIN LATERAL (SELECT 'offer', unnest(f.offers) UNION ALL
            SELECT 'request', unnest(f.requests)) AS l (type, category)
        """,
        firms=json.dumps(firms),
        now=NOW,
        until=until,
    )
    db.run("COMMIT")
    for table in ("bizconnect.candidate", "bizconnect.candidate_key", "listings.public_listing"):
        db.run(f"ANALYZE {table}")


def recalls(wire: pg8000.native.Connection, market: Market, seed: int = 1) -> dict[str, float]:
    """Return recall@20 of the matcher, of distance alone and of chance."""
    db = Connection(wire, 600.0)
    draw = Random(f"recall:{seed}")
    found = dict.fromkeys(("matcher", "distance", "random"), 0)
    for seeker in market.seekers:
        others = [each for each in market.firms if each.id != seeker.id]
        nearest = sorted(others, key=lambda each: distance(seeker, each))[:SHOWN]
        for kind, shown in (
            ("matcher", suggested(db, seeker.id)),
            ("distance", [each.id for each in nearest]),
            ("random", [each.id for each in draw.sample(others, SHOWN)]),
        ):
            found[kind] += len(seeker.partners & set(shown))
    planted = sum(len(each.partners) for each in market.seekers)
    return {kind: hits / planted for kind, hits in found.items()}


def suggested(db: Connection, business_id: UUID, now: datetime = NOW) -> Sequence[UUID]:
    """Return what a business is shown, by the code that serves requests."""
    seeker = queries.seeker(db, business_id=business_id, now=now)
    if seeker is None:
        raise LookupError(business_id)
    nothing = suggestions.ShownRow(last=0, items="[]")
    return rules.suggest(db, business_id, seeker, nothing, SHOWN, now)
