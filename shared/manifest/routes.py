"""Which function serves a method and a path."""

import re
from dataclasses import dataclass

from shared.entry import Entry
from shared.manifest.discovery import entries
from shared.triggers import Http


@dataclass(frozen=True, slots=True)
class Route:
    """An HTTP operation and the expression that its path matches."""

    method: str
    path: str
    pattern: re.Pattern[str]
    entry: Entry


def routes() -> list[Route]:
    """Return every HTTP operation; a literal path before one with a variable in its place."""
    found = [
        Route(entry.trigger.method, entry.trigger.path, entry.pattern, entry)
        for entry in entries().values()
        if isinstance(entry.trigger, Http)
    ]
    return sorted(found, key=lambda route: (route.path.replace("{", "~"), route.method))


def find(known: list[Route], method: str, path: str) -> Entry | None:
    """Return the entry that serves a request; for a method nobody serves, one that can say so."""
    wanted = "GET" if method == "HEAD" else method
    matching = [route for route in known if route.pattern.match(path)]
    if not matching:
        return None
    best = [route for route in matching if route.path == matching[0].path]
    if method == "OPTIONS":
        return best[0].entry
    return next((route.entry for route in best if route.method == wanted), best[0].entry)
