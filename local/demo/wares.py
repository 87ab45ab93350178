"""What demo businesses trade in, and how it is described in each language."""

import json
import math
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from migrations.reference import rows

Attributes = dict[str, Any]

_PRODUCTS: Final = Path(__file__).with_name("products.json")
_PHRASES: Final = Path(__file__).with_name("phrases.json")
_VARIANTS: Final = 24
_PRICE_STEPS: Final = 48
_OPTIONAL_SHARE: Final = 0.75
_DEARER_WHEN_MORE: Final = (
    "area",
    "capacity",
    "carats",
    "engine_cc",
    "live_weight",
    "net_weight",
    "output",
    "power",
    "ram_gb",
    "rooms",
    "screen",
    "storage_gb",
    "volume",
)
_DEARER_WHEN: Final = {"premium": 0.15, "economy": -0.15, "used": -0.3, "refurbished": -0.15}


class Variant(NamedTuple):
    """One set of attributes, the sentence that says them in each language, and their worth."""

    attributes: Attributes
    sentences: dict[str, str]
    worth: float  # from 0, the cheapest of its category, to 1


class Noun(NamedTuple):
    text: str
    capitalised: str


class Ware(NamedTuple):
    category: str
    kind: str  # goods, service
    unit: str
    unit_names: dict[str, str]
    names: dict[str, str]
    nouns: dict[str, tuple[Noun, ...]]
    quantities: dict[str, tuple[str, ...]]
    variants: tuple[tuple[Variant, ...], ...]  # by noun
    usd_cents: tuple[float, ...]


class Wares:
    """The catalogue of everything that is traded, with its variety fixed by the seed."""

    def __init__(self, seed: int) -> None:
        facts = json.loads(_PRODUCTS.read_text("utf-8"))
        self.phrases: dict[str, Any] = json.loads(_PHRASES.read_text("utf-8"))
        self.by_category: dict[str, Ware] = {}
        self.by_sector: dict[str, list[Ware]] = {}
        for row in rows.categories():
            if row.parent is not None:
                ware = self._ware(row, facts["categories"][row.id], Random(f"{seed}:{row.id}"))
                self.by_category[row.id] = ware
                self.by_sector.setdefault(row.parent, []).append(ware)
        self.sector_weights: dict[str, int] = {
            sector: facts["sectors"][sector]["weight"] for sector in self.by_sector
        }
        self.trades: dict[str, dict[str, str]] = {
            sector: facts["sectors"][sector]["trade"] for sector in self.by_sector
        }

    def _ware(self, row: rows.CategoryRow, facts: dict[str, Any], random: Random) -> Ware:
        nouns = {
            language: tuple(Noun(word, word[0].upper() + word[1:]) for word in words)
            for language, words in facts["nouns"].items()
        }
        numbers = _quantities(*facts["quantity"])
        low, high = facts["price_usd_cents"]
        return Ware(
            row.id,
            facts["kind"],
            facts["unit"],
            {
                language: phrases["units"][facts["unit"]].partition("|")[0]
                for language, phrases in self.phrases.items()
            },
            row.names,
            nouns,
            {
                language: tuple(
                    self.quantity(number, facts["unit"], language) for number in numbers
                )
                for language in self.phrases
            },
            tuple(
                tuple(
                    self._variant(row.attributes, position, len(nouns["en"]), random)
                    for _ in range(_VARIANTS)
                )
                for position in range(len(nouns["en"]))
            ),
            tuple(
                low * (high / low) ** (step / (_PRICE_STEPS - 1)) for step in range(_PRICE_STEPS)
            ),
        )

    def quantity(self, number: int, unit: str, language: str) -> str:
        """Write a number with its unit, in the plural form that the language has for it."""
        phrases = self.phrases[language]
        forms = phrases["units"][unit].split("|")
        units = forms[_arabic_form(number) if language == "ar" else number != 1]
        written: str = phrases["quantity"].format(number=number, units=units)
        return written

    def _variant(self, schema: Attributes, noun: int, nouns: int, random: Random) -> Variant:
        required = schema.get("required", ())
        chosen = {
            key: _value(key, attribute, noun, nouns, random)
            for key, attribute in schema["properties"].items()
            if key in required or random.random() < _OPTIONAL_SHARE
        }
        return Variant(
            chosen,
            {language: self._sentence(schema, chosen, language) for language in self.phrases},
            _worth(schema, chosen, random),
        )

    def _sentence(self, schema: Attributes, chosen: Attributes, language: str) -> str:
        phrases = self.phrases[language]
        said = []
        for key, value in chosen.items():
            attribute = schema["properties"][key]
            if isinstance(value, bool):
                text = phrases["yes" if value else "no"]
            elif "x-labels" in attribute:
                text = attribute["x-labels"][value][language]
            else:
                text = f"{value:g}" if isinstance(value, float) else str(value)
            said.append(f"{attribute['x-titles'][language]}{phrases['colon']}{text}")
        return phrases["semicolon"].join(said) + "." if said else ""


def _arabic_form(number: int) -> int:
    """Return 0 for one, 1 for few (3 to 10), 2 for many (11 to 99), 3 for other (100, 1000 …)."""
    rest = number % 100
    if number == 1:
        return 0
    if 3 <= rest <= 10:
        return 1
    return 2 if rest >= 11 else 3


def _quantities(low: int, high: int) -> list[int]:
    """Return round numbers of units between the bounds, and above two.

    One and two have words of their own in Arabic, in which no digit is written.
    """
    round_numbers = (digit * 10**power for power, digit in product(range(5), (1, 2, 3, 4, 5, 6, 8)))
    return [number for number in round_numbers if max(low, 3) <= number <= high]


def _value(key: str, attribute: Attributes, noun: int, nouns: int, random: Random) -> Any:  # noqa: ANN401  # whatever its JSON Schema allows
    if "enum" in attribute:
        return random.choice(attribute["enum"])
    if "examples" in attribute:
        # One example a noun means that they belong together: Hass is an avocado, not a mango.
        examples = attribute["examples"]
        return examples[noun] if len(examples) == nouns else random.choice(examples)
    if attribute["type"] == "boolean":
        return random.random() < 0.6
    low, high = attribute["minimum"], attribute["maximum"]
    if key.endswith("_gb"):
        return 2 ** random.randint(math.ceil(math.log2(low)), math.floor(math.log2(high)))
    if low > 0 and high / low > 20:
        value = low * (high / low) ** random.random()
        value = float(f"{value:.2g}")
    else:
        value = low + (high - low) * random.random()
    value = min(max(round(value, 1), low), high)
    return round(value) if attribute["type"] == "integer" else float(value)


def _worth(schema: Attributes, chosen: Attributes, random: Random) -> float:
    """Say where in its category's range of prices a thing of these attributes belongs."""
    measures = [
        math.log(chosen[key] / attribute["minimum"])
        / math.log(attribute["maximum"] / attribute["minimum"])
        for key, attribute in schema["properties"].items()
        if key in chosen and key.startswith(_DEARER_WHEN_MORE) and attribute["minimum"] > 0
    ]
    worth = sum(measures) / len(measures) if measures else random.random()
    worth += sum(
        _DEARER_WHEN.get(value, 0.0) for value in chosen.values() if isinstance(value, str)
    )
    return min(max(worth, 0.0), 0.999)


@cache
def wares(seed: int) -> Wares:
    return Wares(seed)
