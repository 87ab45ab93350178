"""How listings are found by words: what stands in the index, and the questions put to it.

Each word of a listing is in the index by itself; followed by `^` when the title has it; and each of
those again with `@` and the number of the eight hours in which the listing was published. `#` and a
number are the forty minutes of publication, and `=` begins a filter. Folding leaves letters and
digits only, so none of these signs occurs in a word.

The reason is size. A common word is in a tenth of all listings, and to sort those by anything costs
more with each listing that is made. With time in the index a question first reads the newest hour,
then the newest day, and only for what is rare all that there is. Each step looks at about ten times
what the one before does, and is taken when that found too few for a page: so it finds some ten
pages at most, among five thousand listings or five hundred thousand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

HOUR = 2_400
DAY = 28_800
"""The two periods, in seconds. Each question takes two of them, so that it reaches far enough."""

LONGEST_WORD = 64
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Questions:
    """The same question, as tsqueries, over the newest hour, the newest day and all time."""

    hour: str
    day: str
    all: str


def words_in(folded: str) -> list[str]:
    """Return the words of a folded question; more than eight narrow nothing any more."""
    return [word[:LONGEST_WORD] for word in dict.fromkeys(folded.split())][:MOST_WORDS]


def with_all(words: list[str]) -> str:
    """Ask for listings that hold all `words` anywhere."""
    return _all(words, "")


def in_title(words: list[str], filters: list[str], before: datetime) -> Questions:
    """Ask for listings with all `words` in the title, published before an instant."""
    return _questions(lambda at: _all(words, "^" + at), filters, before)


def beside_title(words: list[str], filters: list[str], before: datetime) -> Questions:
    """Ask for listings that hold all `words`, but not all of them in the title."""
    return _questions(lambda at: f"{_all(words, at)} & !({_all(words, '^' + at)})", filters, before)


def filter_on(kind: str, wanted: object) -> str | None:
    """Ask for a type, country, city or category (a leaf or a sector); None asks for nothing."""
    return None if wanted is None else f"={kind}:{wanted}"


def _questions(asked: Callable[[str], str], filters: list[str], before: datetime) -> Questions:
    second = int(before.timestamp())
    narrowed = "".join(f" & {_quoted(each)}" for each in filters)
    hour, day = ((second // period, second // period - 1) for period in (HOUR, DAY))
    in_day = f"({' | '.join(asked(f'@{each}') for each in day)}){narrowed}"
    in_hour = f"{in_day} & ('#{hour[0]}' | '#{hour[1]}')"
    return Questions(in_hour, in_day, f"{asked('')}{narrowed}")


def _all(words: list[str], mark: str) -> str:
    return " & ".join(_quoted(word + mark) for word in words)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
