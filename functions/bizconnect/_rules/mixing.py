"""How a list is put together: the best, some by chance, never too many that are alike."""

import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

from functions.bizconnect._rules.model import model


class Chosen(NamedTuple):
    """A candidate and its place in the list of the day."""

    position: int
    candidate: dict[str, Any]
    explored: bool


def choose(
    candidates: Mapping[str, Sequence[dict[str, Any]]],
    shown: Sequence[Mapping[str, Any]],
    wanted: int,
    last: int,
    seed: str,
) -> list[Chosen]:
    """Return the next of the day: the best, every tenth by chance, and few that are alike.

    Alike are businesses of one trade in one city; those that stand in the answer already count.
    """
    waiting = {kind: deque(each) for kind, each in candidates.items()}
    every: int = model()["explored"]
    offset = crc32(seed.encode()) % every
    mixed = _Mixed(shown, len(shown) + wanted)
    chosen: list[Chosen] = []
    while len(chosen) < wanted:
        position = last + len(chosen) + 1
        turn = ("chance", "best") if position % every == offset else ("best", "chance")
        for kind in turn:
            candidate = mixed.next(waiting[kind])
            if candidate is not None:
                chosen.append(Chosen(position, candidate, kind == "chance"))
                break
        else:
            break
    return chosen


class _Mixed:
    """Keeps a list mixed: few of one trade in one city, and not all for the same purpose."""

    def __init__(self, shown: Sequence[Mapping[str, Any]], length: int) -> None:
        self._alike = Counter((each["city"], each["main"]) for each in shown)
        self._purposes = Counter(_purpose_of(each["reasons"]) for each in shown)
        self._most = {
            purpose: math.ceil(share * length) for purpose, share in model()["purposes"].items()
        }

    def next(self, waiting: deque[dict[str, Any]]) -> dict[str, Any] | None:
        """Take the first that the list has room for; one that is too many of its purpose waits."""
        for candidate in waiting:
            if self._room(candidate, self._most):
                return self._taken(candidate, waiting)
        for candidate in waiting:  # rather more of one purpose than fewer in all
            if self._room(candidate, {}):
                return self._taken(candidate, waiting)
        return None

    def _room(self, candidate: Mapping[str, Any], most: Mapping[str, int]) -> bool:
        purpose = _purpose(candidate)
        return self._alike[candidate["city"], candidate["main"]] < model()[
            "alike"
        ] and self._purposes[purpose] < most.get(purpose, math.inf)

    def _taken(self, candidate: dict[str, Any], waiting: deque[dict[str, Any]]) -> dict[str, Any]:
        waiting.remove(candidate)
        self._alike[candidate["city"], candidate["main"]] += 1
        self._purposes[_purpose(candidate)] += 1
        return candidate


def _purpose(candidate: Mapping[str, Any]) -> str:
    if candidate.get("supplies"):
        return "supply"
    return "demand" if candidate.get("wants") else "other"


def _purpose_of(noted: Sequence[Mapping[str, Any]]) -> str:
    codes = {each["code"] for each in noted}
    if "offers_what_you_seek" in codes:
        return "supply"
    return "demand" if "seeks_what_you_offer" in codes else "other"
