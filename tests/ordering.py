"""In which order files go to the workers, and which of them go together."""

from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

LONGEST = (
    "crash",
    "emulators",
    "conformance",
    "migrations",
    "chaos",
    "journeys",
    "local",
    "deploy",
)
"""Directories of what takes minutes, begun first: the last file then holds up nobody for long."""

TOGETHER = ("emulators",)
"""Directories whose files one worker runs: each would start four emulators again."""


class Scheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist is untyped
    """A file a worker at a time, a whole directory of those that share what is dear to start."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        directory = _directory(path)
        return directory if directory in TOGETHER else path


def sort(items: list[pytest.Item], root: Path) -> None:
    """Put the longest first, each otherwise where it was."""
    items.sort(key=lambda item: _rank(_directory(item.path.relative_to(root).as_posix())))


def _directory(path: str) -> str:
    """Return `crash` for a path in `tests/crash`."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else ""  # tests, directory, file


def _rank(directory: str) -> int:
    return LONGEST.index(directory) if directory in LONGEST else len(LONGEST)
