"""Where demo businesses are, what is spoken there, and what things cost there."""

import json
import math
from bisect import bisect
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from migrations.reference import rows
from shared import money

_MARKETS: Final = Path(__file__).with_name("markets.json")
_SMALLEST_MARKET: Final = 300
_KM_PER_DEGREE: Final = 111.32


class Place(NamedTuple):
    id: int
    country: str
    name: str
    arabic_name: str
    latitude: float
    longitude: float
    zone: str
    spread_km: float

    def name_in(self, language: str) -> str:
        return self.arabic_name if language == "ar" else self.name

    def point(self, random: Random) -> tuple[float, float]:
        """Return a point in this place, denser towards its centre."""
        distance = self.spread_km * random.random()
        angle = random.random() * math.tau
        north = distance * math.cos(angle) / _KM_PER_DEGREE
        east = distance * math.sin(angle) / (_KM_PER_DEGREE * math.cos(math.radians(self.latitude)))
        return round(self.latitude + north, 6), round(self.longitude + east, 6)


class Places:
    """Every African city, picked as often as people live there."""

    def __init__(self) -> None:
        arabic = rows.arabic_city_names()
        self._everywhere: list[Place] = []
        self._weights: list[int] = []
        self._countries: dict[str, tuple[list[Place], list[int]]] = {}
        african = {country.code for country in rows.countries() if country.continent == "AF"}
        for city in rows.cities():
            if city.country not in african:
                continue
            place = Place(
                city.id,
                city.country,
                city.name,
                arabic.get(city.id, city.name),
                city.latitude,
                city.longitude,
                city.zone,
                min(0.5 + 0.0055 * math.sqrt(city.population), 25.0),
            )
            people = max(city.population, _SMALLEST_MARKET)
            self._everywhere.append(place)
            self._weights.append(people)
            places, weights = self._countries.setdefault(city.country, ([], []))
            places.append(place)
            weights.append(people)
        self._sums = list(accumulate(self._weights))
        self._country_sums = {
            country: list(accumulate(weights)) for country, (_, weights) in self._countries.items()
        }

        self._by_id = {place.id: place for place in self._everywhere}

    def by_id(self, city_id: int) -> Place:
        return self._by_id[city_id]

    def anywhere(self, random: Random) -> Place:
        sums = self._sums
        return self._everywhere[bisect(sums, random.random() * sums[-1], hi=len(sums) - 1)]

    def in_country(self, country: str, random: Random) -> Place:
        sums = self._country_sums[country]
        places = self._countries[country][0]
        return places[bisect(sums, random.random() * sums[-1], hi=len(sums) - 1)]


class Markets:
    """What differs from country to country."""

    def __init__(self) -> None:
        facts = json.loads(_MARKETS.read_text("utf-8"))
        self._rates: dict[str, float] = facts["local_units_per_usd"]
        self.languages: dict[str, tuple[str, ...]] = {
            country: tuple(language for language, share in shares.items() for _ in range(share))
            for country, shares in facts["languages"].items()
        }
        self.currencies = {row.code: row.currency for row in rows.countries()}
        self.arabic_surnames: tuple[str, ...] = tuple(facts["arabic_surnames"])
        self.surnames: dict[str, tuple[str, ...]] = {
            country: tuple(group["names"])
            for group in facts["surnames"]
            for country in group["countries"]
        }

    def local_price(self, usd_cents: float, currency: str) -> int:
        """Return a price in minor units, rounded the way people round their prices."""
        major = usd_cents / 100 * self._rates[currency]
        unit: int = 10 ** money.exponent(currency)
        if unit > 1 and major < 5:
            # Small change: a quarter, or the smallest coin that buys anything.
            return max(round(major * 4), 1) * (unit // 4)
        return people_round(major) * unit


def people_round(major: float) -> int:
    """Round to a price somebody would say aloud: 1, 15, 850, 12 500, 480 000."""
    if major < 10:
        return max(round(major), 1)
    magnitude: int = 10 ** (int(math.log10(major)) - 1)
    step = magnitude * 5 if major > 50 * magnitude else magnitude
    if magnitude >= 100 and major < 30 * magnitude:
        step = magnitude // 2
    return max(round(major / step) * step, 1)


@cache
def places() -> Places:
    return Places()


@cache
def markets() -> Markets:
    return Markets()
