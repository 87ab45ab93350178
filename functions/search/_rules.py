"""What must be true of a search, and what is asked of the index."""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from schemas.search import SearchQuery
from shared.errors import InvalidError
from shared.text import fold
from shared.words import filter_on, words_in

_LAST = UUID(int=2**128 - 1)
FIRST = ("1 infinity", str(_LAST))


class Place(NamedTuple):
    """Where a page begins: which titles come before it, and which other matches."""

    in_titles: bool
    before: datetime
    before_id: UUID


def require_words(asked: str) -> list[str]:
    """Demand at least one word to search for."""
    words = words_in(fold(asked))
    if not words:
        raise InvalidError("Write at least one word.", field="q")
    return words


def filters_of(query: SearchQuery) -> list[str]:
    """Return what narrows a search, as it stands in the index."""
    wanted = (
        filter_on("type", query.type),
        filter_on("country", query.country),
        filter_on("city", query.city_id),
        filter_on("category", query.category),
    )
    return [each for each in wanted if each is not None]


def place_of(key: str, row_id: str, now: datetime) -> Place:
    """Return where to go on: matches in titles come first, then all others, each newest first."""
    tier, _, instant = key.partition(" ")
    if instant == "infinity":
        return Place(in_titles=True, before=now, before_id=_LAST)
    before = datetime.fromisoformat(instant).astimezone(UTC)
    return Place(in_titles=tier == "1", before=before, before_id=UUID(row_id))
