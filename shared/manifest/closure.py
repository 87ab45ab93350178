"""What a function is made of: the files that its import can reach, read and not run.

Their hash is the function's version: a deployment leaves alone whatever has kept it.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from shared.manifest.discovery import ROOT

SERVER = ("main", "shared.adapter")
"""What every deployed function imports besides itself: main.py says so, by name, at run time."""

BESIDE = ("requirements.txt", "Dockerfile")
"""What every function runs on."""


def closure(*modules: str) -> set[str]:
    """Return the modules of the suite that the import of `modules` can reach, in any function."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found and _file(name):
            found.add(name)
            waiting += [*_imported(name), *_packages(name)]
    return found


def files(modules: Iterable[str]) -> set[Path]:
    """Return the files of modules, and what lies beside them to be read: templates, tables."""
    found = {file for module in modules if (file := _file(module))}
    folders = {file.parent for file in found} - {ROOT}
    return found | {each for folder in folders for each in folder.iterdir() if _is_read(each)}


def version(paths: Iterable[Path], *more: str) -> str:
    """Return the hash of files, by name and content, and of `more`, as a label may hold it."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(ROOT)}\0{_digest(path)}\0".encode())
    for each in more:
        digest.update(f"{each}\0".encode())
    return digest.hexdigest()[:20]


def _is_read(path: Path) -> bool:
    return path.is_file() and path.suffix not in {".py", ".pyc"}


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _file(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    for each in (path.with_suffix(".py"), path / "__init__.py"):
        if each.is_file():
            return each
    return None


def _packages(module: str) -> Iterator[str]:
    while module := module.rpartition(".")[0]:
        yield module


@cache
def _imported(module: str) -> frozenset[str]:
    """Return the names that a module imports anywhere, but for the eyes of type checkers alone."""
    file = _file(module)
    assert file is not None  # noqa: S101  # the caller has looked
    found = set()
    waiting: list[ast.AST] = [ast.parse(file.read_bytes())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        else:
            waiting += ast.iter_child_nodes(node)
    return frozenset(found)
