"""What to be careful about in a message: being led elsewhere to talk, or to pay.

A sign and no more: nothing is refused for it, for people have good reasons to call each other. The
app warns both sides beside the message. Words are compared folded, so accents, case and the digits
of any script make no difference.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Final

from schemas.messaging import Flag
from shared.text import fold

_LINKS: Final = ("http://", "https://", "www.")
_ADDRESS: Final = re.compile(r"\w@\w[\w-]*\.\w")
_APART: Final = re.compile(
    r"\b\d{4}-\d\d-\d\d\b|\b\d\d?[:.]\d\d\b|(?<=\d{3})[.,]\d\d?(?![\d.,])|[,;.!?]\s"
)
"""Dates, times, cents, and where a clause ends: no number goes on across them."""

_FEWEST, _MOST = 8, 15
"""Digits of a telephone number: national ones begin at eight, E.164 ends at fifteen."""

_LONG = 10
"""A number so long that is written in one piece is nobody's price."""

_THREE = 3


def flags_of(text: str) -> list[str]:
    """Return what to be careful about in a text, in a fixed order."""
    words = fold(text).split()
    folded = f" {' '.join(words)} "
    lowered = text.lower()
    signs: dict[Flag, bool] = {
        "phone_number": _has_number(text),
        "email": _ADDRESS.search(lowered) is not None,
        "link": any(each in lowered for each in _LINKS),
        "other_channel": _says("other_channel", folded),
        "pay_outside": _says("pay_outside", folded),
    }
    return [flag for flag, found in signs.items() if found]


def _says(what: str, folded: str) -> bool:
    return any(phrase in folded for phrase in _phrases(what))


def _has_number(text: str) -> bool:
    """Tell whether digits, or words for them, stand together as in a telephone number."""
    run: list[str] = []
    spelled = _digits()
    plain = fold(_APART.sub(" x ", text.replace("+", " plus ")))
    for word in [*plain.split(), ""]:
        digit = spelled.get(word, word)
        if digit.isdigit() or (word == "plus" and not run):
            run.append(digit)
            continue
        if _is_number(run):
            return True
        run = []
    return False


def _is_number(run: list[str]) -> bool:
    international, groups = run[:1] == ["plus"], [each for each in run if each != "plus"]
    number = "".join(groups)
    if not _FEWEST <= len(number) <= _MOST:
        return False
    if international or number.startswith("0"):
        return True
    if len(groups) == 1:
        return len(number) >= _LONG
    # 450 000 000 is a price: after the first all groups are of three.
    return any(len(each) != _THREE for each in groups[1:])


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[str]]] = json.loads(text)
    return found


@cache
def _phrases(what: str) -> tuple[str, ...]:
    """Return phrases as they are looked for: from the beginning of a word, in Arabic anywhere.

    Arabic writes what is joined to a word in front of it, the others behind.
    """
    return tuple(
        fold(phrase) if language == "ar" else f" {fold(phrase)}"
        for language, phrases in _words()[what].items()
        for phrase in phrases
    )


@cache
def _digits() -> dict[str, str]:
    return {
        fold(word): str(digit)
        for words in _words()["digits"].values()
        for digit, word in enumerate(words)
    }
