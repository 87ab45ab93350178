"""P13: no expression and no reading of text takes longer than in step with what it is given."""

import ast
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from itertools import product
from typing import Any

import pytest

from shared import cursors, log, parsing, phones, text
from shared.errors import ApiError
from shared.manifest.discovery import ROOT
from tests.architecture.samples import HTTP
from tests.growing import too_fast
from tests.shared.probes import Note, NoteQuery

_MATCHING = {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall"}
_MATCHING |= {"finditer"}
_OURS = {"shared", "functions", "schemas", "local"}
_LETTERS = "a0 -_.'\"\\\n/[(:@\u00e9"
_LONGEST_LITERAL = re.compile(r"(?<!\\)[A-Za-z]{2,}")


def _literals() -> Iterator[tuple[str, str, int]]:
    """Return every expression there is: where, what, and its flags."""
    for folder in ("shared", "functions", "schemas", "local"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                for said in _said(node):
                    yield str(file.relative_to(ROOT)), said, 0
    for module in [each for each in sys.modules if each.partition(".")[0] in _OURS]:
        for variable, value in vars(sys.modules[module]).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                yield f"{module}.{variable}", value.pattern, value.flags
    for entry in HTTP:
        yield entry.name, entry.pattern.pattern, 0
    categories = (ROOT / "migrations/reference/categories.json").read_text()
    for found in _patterns(json.loads(categories)):
        yield "categories.json", found, 0


def _said(node: ast.AST) -> Iterator[str]:
    """Return what a call of `re`, or the `pattern` of a shape, is given."""
    given: ast.expr | None = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        called = node.func
        if isinstance(called.value, ast.Name) and called.value.id == "re":
            given = node.args[0] if called.attr in _MATCHING and node.args else None
    elif isinstance(node, ast.keyword) and node.arg == "pattern":
        given = node.value
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        yield given.value


def _patterns(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _patterns(each)


@cache
def _expressions() -> dict[tuple[str, int], str]:
    return {(said, flags & ~re.UNICODE): where for where, said, flags in _literals()}


def _hostile(said: str) -> Iterator[Callable[[int], str]]:
    """Return texts that may make an expression go back: its own letters, over and over."""
    own = "".join(
        dict.fromkeys(each for each in said if not each.isalnum() and each not in "()|?*+")
    )
    letters = dict.fromkeys(_LETTERS + own[:8])
    words = _LONGEST_LITERAL.findall(said)
    units = [*letters, *words, *map("".join, product(list(letters)[:12], repeat=2))]
    starts = ["", *words[:2]]
    for start, unit, end in product(starts, units, ("", "\x00")):
        yield lambda size, start=start, unit=unit, end=end: (  # type: ignore[misc]  # bound now
            start + unit * (size // len(unit)) + end
        )


def _grown(said: str, flags: int = 0) -> str | None:
    pattern = re.compile(said, flags)

    def work(given: str) -> object:
        return pattern.match(given), pattern.sub("", given)

    return next(filter(None, (too_fast(work, made) for made in _hostile(said))), None)


EXPRESSIONS = _expressions()


@pytest.mark.parametrize(
    ("said", "flags"), EXPRESSIONS, ids=[f"{where}" for where in EXPRESSIONS.values()]
)
def test_p13_an_expression_takes_steps_in_step_with_its_text(said: str, flags: int) -> None:
    assert _grown(said, flags) is None


def test_p13_every_expression_is_tried() -> None:
    """Those of modules, of shapes, of paths and of categories; and with not a few texts."""
    found = set(EXPRESSIONS.values())
    assert {"shared.log._EMAIL", "schemas/shape.py", "shared.text._NOT_STORABLE"} <= found
    assert {"get_listing", "categories.json"} & found
    assert sum(1 for _ in _hostile(r"eyJ[\w-]{10,}")) > 300


@pytest.mark.parametrize(
    "said",
    [
        r"(a|a)*b",
        r"(\w+\s?)*$",
        r"\s*$",
        r'"(?:[^"\\]|\\.)*"',
        r"eyJ[\w-]{10,}\.[\w-]{4,}",
        r"(?:[^@]+)+@",
    ],
)
def test_p13_an_expression_that_goes_back_is_seen(said: str) -> None:
    assert _grown(said)


def _quietly(read: Callable[[str], object]) -> Callable[[str], object]:
    def work(given: str) -> None:
        with suppress(ApiError, ValueError):
            read(given)

    return work


def _note(title: str) -> object:
    return parsing.validated(Note, json.dumps({"title": title}, ensure_ascii=False).encode())


def _raw(body: str) -> object:
    return parsing.validated(Note, b"[" * 40 + body.encode())


def _checked(given: str) -> str:
    """Return text as it is when a function gets to it."""
    parsing._check_text(given, ())
    return given


READERS: dict[str, Callable[[str], object]] = {
    "a field": _note,
    "a body": _raw,
    "a query": lambda given: parsing.query_of(given, NoteQuery, ignore=frozenset()),
    "a path": lambda given: parsing.path_value("name", given, str),
    "fold": lambda given: text.fold(_checked(given)),
    "clean": lambda given: text.clean(_checked(given)),
    "redact": log.redact,
    "a phone": lambda given: phones.parse(given, "NG"),
    "a cursor": lambda given: cursors.decode("scope", given),
}
UNITS: tuple[str, ...] = (
    "a",
    " ",
    "\n",
    " \n",
    '"',
    '\\"',
    "{",
    "]",
    "0",
    "0 ",
    "+",
    "eyJ",
    "a@",
    "@a.",
    "\u00e9",
)
UNITS += (
    "e\u0301",
    "\u0300\u0316",
    "\ufdfa",
    "\u1100\u1161",
    "&a=",
    "%41",
    "ng'",
    "\U0001f468\u200d",
    ";",
)


@pytest.mark.parametrize("name", READERS)
def test_p13_reading_takes_time_in_step_with_the_text(name: str) -> None:
    work = _quietly(READERS[name])
    grown = {
        unit: too_fast(work, lambda size, unit=unit: unit * (size // len(unit)))  # type: ignore[misc]  # as above
        for unit in UNITS
    }
    assert {unit: said for unit, said in grown.items() if said} == {}
