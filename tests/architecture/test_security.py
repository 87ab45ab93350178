"""SECURITY.md names tests that exist, for every threat."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_LINK = re.compile(r"\]\(([^)]+)\)")
_COLUMNS = 4


def _faults(page: str) -> list[str]:
    """Return what the page promises and the repository does not hold."""
    found = [f"{link} is no file" for link in _LINK.findall(page) if not (ROOT / link).is_file()]
    for row in page.splitlines():
        if not row.startswith("| ") or row.startswith(("| Threat |", "| --- |")):
            continue
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        if len(cells) != _COLUMNS or not all(cells):
            found.append(f"not {_COLUMNS} cells: {row}")
            continue
        named = _TEST.findall(cells[-1])
        if _TEST.sub("", cells[-1]).strip() or not named:
            found.append(f"no test: {cells[-1]}")
        found += [f"{file}::{name} is no test" for file, name in named if name not in _tests(file)]
    return found


def _tests(file: str) -> set[str]:
    path = ROOT / file
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_threat_has_a_test_that_exists() -> None:
    assert _faults((ROOT / "SECURITY.md").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ("[x](docs/none.md)", "docs/none.md is no file"),
        ("| A | B | C |", "not 4 cells: | A | B | C |"),
        ("| A | B | C | soon |", "no test: soon"),
        (
            "| A | B | C | `tests/architecture/test_security.py::test_none` |",
            "tests/architecture/test_security.py::test_none is no test",
        ),
        (
            "| A | B | C | `tests/none.py::test_none` |",
            "tests/none.py::test_none is no test",
        ),
    ],
)
def test_a_claim_that_nothing_holds_is_found(page: str, fault: str) -> None:
    assert _faults(page) == [fault]
