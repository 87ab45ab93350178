"""Pub/Sub's filters of subscriptions, which its emulator keeps and does not apply.

attributes.k = "v", attributes.k != "v", attributes:k, hasPrefix(attributes.k, "v"); NOT, AND, OR
and parentheses, AND and OR not mixed without them.
"""

import json
import re
from collections.abc import Callable, Mapping

Filter = Callable[[Mapping[str, str]], bool]

LONGEST = 256

_NAME = r'([A-Za-z_][\w-]*|"(?:[^"\\]|\\.)*")'
_VALUE = r'("(?:[^"\\]|\\.)*")'
_TERMS = (
    (re.compile(rf"attributes\.{_NAME}\s*(=|!=)\s*{_VALUE}"), "compare"),
    (re.compile(rf"attributes:{_NAME}"), "has"),
    (re.compile(rf"hasPrefix\(\s*attributes\.{_NAME}\s*,\s*{_VALUE}\s*\)"), "prefix"),
)
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"(AND|OR|NOT)\b")


class BadFilterError(ValueError):
    """Pub/Sub would refuse the filter."""


def compiled(text: str) -> Filter:
    """Read a filter; raise `BadFilterError` for what Pub/Sub would not take."""
    if len(text.encode()) > LONGEST:
        raise BadFilterError(f"a filter has at most {LONGEST} bytes")
    reader = _Reader(text)
    found = reader.joined()
    if reader.rest():
        raise BadFilterError(f"{text}: not understood from {reader.rest()!r} on")
    return found


class _Reader:
    """Reads a filter from left to right."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def rest(self) -> str:
        space = _SPACE.match(self._text, self._at)
        assert space is not None  # noqa: S101  # it matches nothing too
        self._at = space.end()
        return self._text[self._at :]

    def joined(self) -> Filter:
        """Read terms joined by one word."""
        terms, words = [self._term()], set()
        while self.rest() and not self.rest().startswith(")"):
            words.add(self._word("AND", "OR"))
            terms.append(self._term())
        if len(words) > 1:
            raise BadFilterError(f"{self._text}: AND and OR need parentheses")
        decide = any if words == {"OR"} else all
        return lambda attributes: decide(term(attributes) for term in terms)

    def _word(self, *allowed: str) -> str:
        found = _WORD.match(self.rest())
        if found is None or found[1] not in allowed:
            raise BadFilterError(f"{self._text}: {' or '.join(allowed)} expected")
        self._at += found.end()
        return found[1]

    def _term(self) -> Filter:
        rest = self.rest()
        if rest.startswith(("NOT ", "NOT(")):
            self._word("NOT")
            denied = self._term()
            return lambda attributes: not denied(attributes)
        if rest.startswith("("):
            self._at += 1
            inner = self.joined()
            if not self.rest().startswith(")"):
                raise BadFilterError(f"{self._text}: a parenthesis is open")
            self._at += 1
            return inner
        for pattern, kind in _TERMS:
            if found := pattern.match(rest):
                self._at += found.end()
                return _test(kind, *found.groups())
        raise BadFilterError(f"{self._text}: not understood from {rest!r} on")


def _test(kind: str, name: str, *given: str) -> Filter:
    name = json.loads(name) if name.startswith('"') else name
    value = json.loads(given[-1]) if given else ""
    match kind:
        case "has":
            return lambda attributes: name in attributes
        case "prefix":
            return lambda attributes: name in attributes and attributes[name].startswith(value)
        case _:
            # What is not there equals nothing.
            equal = given[0] == "="
            return lambda attributes: (attributes.get(name) == value) is equal
