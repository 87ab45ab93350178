"""The suite in words: what calls each function, who may, and in which file it is."""

import difflib

from shared.entry import Entry
from shared.manifest.discovery import entries, path_of
from shared.manifest.routes import find, routes
from shared.roles import ANY, PUBLIC, SIGNED_IN
from shared.triggers import Cron, Http, OnEvent, Task


def trigger_of(entry: Entry) -> str:
    """Return what calls a function."""
    match entry.trigger:
        case Http(method=method, path=path):
            return f"{method} {path}"
        case OnEvent():
            return f"event {entry.event.__name__}" if entry.event else "event"
        case Cron(schedule=schedule):
            return f"cron {schedule}"
        case Task(queue=queue):
            return f"task {queue}"


def roles_of(entry: Entry) -> str:
    """Return who may call a function: a comma between roles means either."""
    match entry.trigger:
        case Http(roles=roles) if roles is PUBLIC:
            return "public"
        case Http(roles=roles) if roles is SIGNED_IN:
            return "signed in"
        case Http(roles=roles) if roles == ANY:
            return "any"
        case Http(roles=roles):
            return ", ".join(sorted(roles))
        case _:
            return ""


def table(rows: list[tuple[str, ...]]) -> str:
    """Return rows as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines)


def suite() -> str:
    """Return every function: name, trigger, roles, file."""
    rows = [
        (entry.name, trigger_of(entry), roles_of(entry), str(path_of(entry)))
        for entry in entries().values()
    ]
    return table([("function", "trigger", "roles", "file"), *rows])


def operations() -> str:
    """Return every HTTP operation in the order in which it is routed."""
    return table(
        [
            (route.method, route.path, route.entry.name, str(path_of(route.entry)))
            for route in routes()
        ]
    )


def where(wanted: str) -> list[Entry]:
    """Return the functions of an operation, a name (deployed or not) or an event type."""
    if " " in wanted:
        method, _, path = wanted.partition(" ")
        found = find(routes(), method.upper(), path.strip())
        return [found] if found and trigger_of(found).startswith(f"{method.upper()} ") else []
    name = wanted.replace("-", "_")
    return [
        entry
        for entry in entries().values()
        if name == entry.name or (entry.event and name == entry.event.__name__)
    ]


def similar(wanted: str) -> list[str]:
    """Return what somebody may have meant."""
    known = {trigger_of(entry) for entry in entries().values()} | entries().keys()
    return difflib.get_close_matches(wanted, known, n=3)
