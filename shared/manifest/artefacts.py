"""Every file that is printed from the code, and whether it is still what would be printed."""

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from shared.manifest import (
    costs,
    grants,
    monitoring,
    offline,
    openapi,
    permissions,
    promises,
    queries,
    retention,
    scheduler,
)

DIFF_LINES = 20


@dataclass(frozen=True, slots=True)
class Artefact:
    """A printed file. It is rendered when asked, so that one broken module spoils only its own."""

    path: Path
    render: Callable[[], str]

    def write(self) -> bool:
        """Print the file; tell whether that changed it."""
        text = self.render()
        if self._kept() == text:
            return False
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(text, encoding="utf-8")
        return True

    def drift(self) -> list[str]:
        """Return the head of the difference between the file and what would be printed."""
        kept, printed = self._kept().splitlines(), self.render().splitlines()
        name = self.path.name
        lines = difflib.unified_diff(
            kept, printed, f"{name} as kept", f"{name} as printed", lineterm=""
        )
        return list(islice(lines, DIFF_LINES))

    def _kept(self) -> str:
        return self.path.read_text(encoding="utf-8") if self.path.exists() else ""


def artefacts(root: Path, under: list[Path]) -> Iterator[Artefact]:
    """Yield the printed files of the suite at `root` that lie in one of `under`, or all of them."""
    for artefact in _all(root):
        if not under or any(artefact.path.is_relative_to(each.resolve()) for each in under):
            yield artefact


def _all(root: Path) -> Iterator[Artefact]:
    for source in queries.sources(root):
        yield Artefact(queries.target(source), partial(queries.render, root, source))
    yield Artefact(root / "schemas" / "openapi.yaml", openapi.render)
    yield Artefact(root / "scheduler.yaml", scheduler.render)
    yield Artefact(root / "functions" / "platform" / "offline.json", offline.render)
    yield Artefact(root / "docs" / "permissions.md", permissions.render)
    yield Artefact(root / "docs" / "grants.md", grants.render)
    yield Artefact(root / "docs" / "promises.md", partial(promises.render, root))
    yield Artefact(root / "docs" / "retention.md", retention.render)
    yield Artefact(root / "docs" / "operations.md", partial(costs.render, root))
    for path, render in monitoring.files(root):
        yield Artefact(path, render)
