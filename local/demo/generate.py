"""Makes demo businesses and listings from a seed; reads its data files and nothing else."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID

from local.demo.markets import Place, markets, places
from local.demo.wares import Noun, Variant, Ware, wares
from shared.text import fold


class DemoBusiness(NamedTuple):
    id: UUID
    owner_id: UUID
    name: str
    slug: str
    description: str
    categories: tuple[str, ...]
    country: str
    city_id: int
    latitude: float
    longitude: float
    phone: str  # E.164
    zone: str
    language: str
    corridors: tuple[str, ...]
    verification: str  # none, basic, verified, trusted


class DemoListing(NamedTuple):
    id: UUID
    business: DemoBusiness
    type: str  # offer, request
    title: str
    description: str
    language: str
    category: str
    attributes: dict[str, Any]  # shared between listings: never change it
    price_kind: str  # fixed, range, per_unit, negotiable
    price_minor: int | None  # for one unit; absent, as its currency, when it is left to negotiation
    price_max_minor: int | None  # of a range only
    currency: str | None
    unit: str
    country: str
    city_id: int
    latitude: float
    longitude: float
    published_at: datetime
    duration_hours: int
    expires_at: datetime


CORRIDORS: Final = {"afcfta": 0.6, "africa-us": 0.25, "us-africa": 0.15}
LEVELS: Final = ("none",) * 40 + ("basic",) * 30 + ("verified",) * 22 + ("trusted",) * 8

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_BUSINESS: Final = datetime(2025, 1, 6, 7, tzinfo=UTC)
_BETWEEN_BUSINESSES: Final = timedelta(minutes=3)
_MICROSECOND: Final = timedelta(microseconds=1)
_HOUR: Final = 3_600_000_000  # microseconds
_WINDOW: Final = 96 * _HOUR
_DURATIONS: Final = (24, 48, 72, 96)

_OFFERS: Final = 0.7
_EXPIRED: Final = 0.04
_ELSEWHERE: Final = 0.15  # how many listings are in another town, or language, than their business
_LONGEST_TITLE: Final = 100
_LONGEST_SLUG: Final = 60
_LONGEST_CITY_IN_A_NAME: Final = 28

_SOLD_SINGLY: Final = frozenset({"piece", "set", "pair", "head", "project", "box"})
_PRICES: Final = {
    # (offer, sold singly): how such things are priced, as often as it stands here
    (True, True): ("fixed",) * 11 + ("per_unit",) * 3 + ("range",) * 2 + ("negotiable",) * 4,
    (True, False): ("fixed",) * 2 + ("per_unit",) * 12 + ("range",) * 3 + ("negotiable",) * 3,
    (False, True): ("fixed",) * 2 + ("per_unit",) * 2 + ("range",) * 8 + ("negotiable",) * 8,
    (False, False): ("fixed",) * 1 + ("per_unit",) * 3 + ("range",) * 8 + ("negotiable",) * 8,
}


def businesses(n: int, seed: int) -> Iterator[DemoBusiness]:
    """Yield businesses where people live, each in one or two trades of one sector."""
    random = Random(f"businesses:{seed}")
    shop = wares(seed)
    sectors = list(shop.by_sector)
    sector_sums = list(accumulate(shop.sector_weights[sector] for sector in sectors))
    slugs: dict[str, int] = {}
    phones = _Phones(random)
    for number in range(n):
        place, phone = _place_with_phone(phones, random)
        sector = random.choices(sectors, cum_weights=sector_sums)[0]
        traded = random.sample(shop.by_sector[sector], k=random.choice((1, 1, 2, 2, 3)))
        language = random.choice(markets().languages[place.country])
        phrases = shop.phrases[language]["business"]
        name = _business_name(phrases["names"], place, shop.trades[sector], language, random)
        micros = (_FIRST_BUSINESS + number * _BETWEEN_BUSINESSES - _EPOCH) // _MICROSECOND
        latitude, longitude = place.point(random)
        yield DemoBusiness(
            _uuid7(micros, random),
            _uuid7(micros, random),
            name,
            _slug(name, shop.trades[sector]["en"], place, slugs),
            random.choice(phrases["descriptions"]).format(
                name=name,
                city=place.name_in(language),
                categories=_listed([ware.names[language] for ware in traded], language),
            ),
            tuple(ware.category for ware in traded),
            place.country,
            place.id,
            latitude,
            longitude,
            phone,
            place.zone,
            language,
            tuple(corridor for corridor, share in CORRIDORS.items() if random.random() < share),
            random.choice(LEVELS),
        )


def listings(
    n: int, businesses: Sequence[DemoBusiness], seed: int, now: datetime
) -> Iterator[DemoListing]:
    """Yield listings of the four days before `now`, oldest first; all but a few are still live."""
    random = Random(f"listings:{seed}")
    draw = random.random
    now_micros = (now - _EPOCH) // _MICROSECOND
    writers = [_Writer(business, seed) for business in businesses]
    moments = sorted(now_micros - int(draw() * _WINDOW) for _ in range(n))
    for micros in moments:
        # Squared, so that some businesses publish often and most now and then.
        writer = writers[int(len(writers) * draw() * draw())]
        age = now_micros - micros
        duration = _duration(age, random)
        published_at = _EPOCH + timedelta(microseconds=micros)
        yield writer.listing(
            _uuid7(micros, random),
            published_at,
            duration,
            published_at + timedelta(hours=duration),
            random,
        )


class _Writer:
    """Writes one business's listings; what does not change between them is looked up once."""

    def __init__(self, business: DemoBusiness, seed: int) -> None:
        shop = wares(seed)
        self._business = business
        self._wares = [shop.by_category[category] for category in business.categories]
        self._phrases = shop.phrases
        self._home = places().by_id(business.city_id)
        self._languages = markets().languages[business.country]
        self._currency = markets().currencies[business.country]

    def listing(
        self, id_: UUID, published_at: datetime, duration: int, expires_at: datetime, random: Random
    ) -> DemoListing:
        draw = random.random
        business, place, language = self._business, self._home, self._business.language
        if draw() < _ELSEWHERE:
            place = places().in_country(business.country, random)
        if draw() < _ELSEWHERE:
            language = _pick(self._languages, draw())
        ware = _pick(self._wares, draw())
        offered = draw() < _OFFERS
        latitude, longitude = place.point(random)
        position = int(draw() * len(ware.variants))
        variant = _pick(ware.variants[position], draw())
        noun = ware.nouns[language][position]
        title, description = self._words(ware, noun, variant, place, language, offered, random)
        kind, lowest, highest = self._price(ware, variant, offered, random)
        return DemoListing(
            id_,
            business,
            "offer" if offered else "request",
            title,
            description,
            language,
            ware.category,
            variant.attributes,
            kind,
            lowest,
            highest,
            None if lowest is None else self._currency,
            ware.unit,
            place.country,
            place.id,
            latitude,
            longitude,
            published_at,
            duration,
            expires_at,
        )

    def _words(
        self,
        ware: Ware,
        noun: Noun,
        variant: Variant,
        place: Place,
        language: str,
        offered: bool,  # noqa: FBT001  # an offer or a request, and nothing else
        random: Random,
    ) -> tuple[str, str]:
        draw = random.random
        phrases = self._phrases[language]
        type_ = "offer" if offered else "request"
        city = place.name_in(language)
        words = {
            "noun": noun.text,
            "Noun": noun.capitalised,
            "city": city,
            "quantity": _pick(ware.quantities[language], draw()),
            "quality": _pick(phrases["qualities"][type_], draw()),
            "unit": ware.unit_names[language],
        }
        title = _pick(phrases["titles"][type_][ware.kind], draw()).format_map(words)
        if len(title) > _LONGEST_TITLE:
            title = f"{noun.capitalised}, {words['quality']}"
        closings = phrases["closings"][type_][ware.kind]
        first = int(draw() * len(closings))
        last = first + 1 + int(draw() * 3)  # and no list is shorter than three
        sentences = [
            _pick(phrases["openings"][type_][ware.kind], draw()).format_map(words),
            variant.sentences[language],
            *(closings[index % len(closings)].format_map(words) for index in range(first, last)),
        ]
        return title, ("\n" if draw() < 0.3 else " ").join(filter(None, sentences))

    def _price(
        self,
        ware: Ware,
        variant: Variant,
        offered: bool,  # noqa: FBT001  # an offer or a request, and nothing else
        random: Random,
    ) -> tuple[str, int | None, int | None]:
        draw = random.random
        kind = _pick(_PRICES[offered, ware.unit in _SOLD_SINGLY], draw())
        if kind == "negotiable":
            return kind, None, None
        worth = variant.worth * 0.75 + draw() * 0.25
        step = int(worth * len(ware.usd_cents))
        price = markets().local_price(ware.usd_cents[step], self._currency)
        if kind != "range":
            return kind, price, None
        dearer = markets().local_price(ware.usd_cents[step] * (1.25 + draw()), self._currency)
        return kind, price, max(dearer, 2 * price if dearer <= price else dearer)


class _Phones:
    """Mobile numbers of a country's own numbering plan, none twice."""

    def __init__(self, random: Random) -> None:
        import phonenumbers  # noqa: PLC0415  # only businesses need it

        self._library = phonenumbers
        self._random = random
        self._given: set[str] = set()
        self._examples: dict[str, tuple[int, str]] = {}

    def number(self, country: str) -> str | None:
        """Return a fresh number, or None when a small country has none left to find."""
        calling_code, example = self._example(country)
        free = min(len(example) - 2, 7)
        for _ in range(60):
            tail = f"{self._random.randrange(10**free):0{free}d}"
            phone = f"+{calling_code}{example[:-free]}{tail}"
            if phone in self._given:
                continue
            if self._library.is_valid_number(self._library.parse(phone)):
                self._given.add(phone)
                return phone
        return None

    def _example(self, country: str) -> tuple[int, str]:
        if country not in self._examples:
            example = self._library.example_number_for_type(
                country, self._library.PhoneNumberType.MOBILE
            )
            if example is None:
                raise ValueError(f"no mobile numbers are known in {country}")
            self._examples[country] = (
                example.country_code or 0,
                self._library.national_significant_number(example),
            )
        return self._examples[country]


def _place_with_phone(phones: _Phones, random: Random) -> tuple[Place, str]:
    while True:
        place = places().anywhere(random)
        phone = phones.number(place.country)
        if phone is not None:
            return place, phone


def _business_name(
    patterns: list[str], place: Place, trade: dict[str, str], language: str, random: Random
) -> str:
    city = place.name_in(language)
    if len(city) > _LONGEST_CITY_IN_A_NAME:
        patterns = [pattern for pattern in patterns if "{city}" not in pattern]
    surnames = markets().arabic_surnames if language == "ar" else markets().surnames[place.country]
    return random.choice(patterns).format(
        surname=random.choice(surnames), city=city, trade=trade[language]
    )


def _slug(name: str, trade: str, place: Place, taken: dict[str, int]) -> str:
    folded = fold(name)
    if not folded.isascii():
        folded = f"{fold(trade)} {fold(place.name)}"
    slug = re.sub(r"[^a-z0-9]+", "-", folded)[:_LONGEST_SLUG].strip("-")
    taken[slug] = taken.get(slug, 0) + 1
    if taken[slug] == 1:
        return slug
    # The next name may be this very slug with its number, so the loop asks again.
    return _slug(f"{slug} {taken[slug]}", trade, place, taken)


def _listed(names: list[str], language: str) -> str:
    written = [name if language == "ar" else name[0].lower() + name[1:] for name in names]
    return ("، " if language == "ar" else ", ").join(written)


def _duration(age: int, random: Random) -> int:
    """Return how many hours a listing of this age was published for."""
    hours = age // _HOUR
    over = tuple(duration for duration in _DURATIONS if duration <= hours)
    if over and random.random() < _EXPIRED:
        return random.choice(over)
    return random.choice(_DURATIONS[len(over) :])


def _pick(choices: Sequence[Any], fraction: float) -> Any:  # noqa: ANN401  # as random.choice, four times as fast
    return choices[int(len(choices) * fraction)]


def _uuid7(micros: int, random: Random) -> UUID:
    """Return a UUIDv7 that sorts by microsecond: its 12 bits after the version count them."""
    milliseconds, rest = divmod(micros, 1_000)
    counted = rest * 4_096 // 1_000
    return UUID(int=milliseconds << 80 | 7 << 76 | counted << 64 | 2 << 62 | random.getrandbits(62))
