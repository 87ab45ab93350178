"""Why a business is suggested: what is noted of it, and how that is said."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from functions.bizconnect._queries import matching as queries
from functions.bizconnect._queries import suggestions
from shared.db import Connection

MOST = 4
NEAR_KM = 100
_COMPLEMENTARY, _QUICK, _VERIFIED = 0.5, 0.75, 2
_ISOLATED = "\u2068{}\u2069"
"""Names of trades may run the other way than the sentence round them (Unicode bidi isolates)."""


@cache
def _templates() -> dict[str, dict[str, str]]:
    text = Path(__file__).parent.with_name("reasons.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = json.loads(text)
    return found


def of(
    candidate: Mapping[str, Any], seeker: queries.SeekerRow, *, explored: bool
) -> list[dict[str, Any]]:
    """Return the reasons to note, the strongest first; there is always one."""
    first: list[dict[str, Any]] = [{"code": "by_chance"}] if explored else []
    found = [*first, *_facts(candidate, seeker)][:MOST]
    return found or [{"code": "in_your_markets"}]


def _facts(candidate: Mapping[str, Any], seeker: queries.SeekerRow) -> Iterator[dict[str, Any]]:
    if candidate.get("supplies"):
        yield {"code": "offers_what_you_seek", "of": candidate["supplies"][:3]}
    if candidate.get("wants"):
        yield {"code": "seeks_what_you_offer", "of": candidate["wants"][:3]}
    if candidate["city"] == seeker.city_id:
        yield {"code": "same_city"}
    elif candidate["km"] <= NEAR_KM:
        yield {"code": "near_you", "km": max(5, round(candidate["km"] / 5) * 5)}
    elif candidate["abroad"] and candidate["market"]:
        yield {"code": "same_market"}
    if candidate["gain"] >= _COMPLEMENTARY:
        yield {"code": "complementary_trade"}
    if candidate["shared"]:
        yield {"code": "same_trade"}
    if candidate["response"] >= _QUICK:
        yield {"code": "answers_quickly"}
    if candidate["level"] >= _VERIFIED:
        yield {"code": "verified"}


def worded(
    db: Connection, items: Sequence[Mapping[str, Any]], language: str
) -> list[dict[str, Any]]:
    """Return suggestions as they are answered, with their reasons in words of a language."""
    said = {each for item in items for reason in item["reasons"] for each in reason.get("of", ())}
    names: dict[str, str] = {}
    if said:
        rows = suggestions.category_names(db, ids=sorted(said), language=language)
        names = {each.id: each.name for each in rows}
    return [
        {
            "business": item["business"],
            "score": item["score"],
            "explored": item["explored"],
            "reasons": [
                {"code": each["code"], "text": _said(each, names, language)}
                for each in item["reasons"]
            ],
        }
        for item in items
    ]


def _said(reason: Mapping[str, Any], names: Mapping[str, str], language: str) -> str:
    listed = ", ".join(names[each] for each in reason.get("of", ()) if each in names)
    template = _templates()[reason["code"]][language]
    return template.format(trades=_ISOLATED.format(listed), km=reason.get("km", 0))
