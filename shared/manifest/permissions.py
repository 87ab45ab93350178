"""Prints who may do what, `docs/permissions.md`, from the roles and rules of each function."""

from types import FunctionType

from shared.auth import sentence
from shared.entry import Entry
from shared.manifest.overview import roles_of
from shared.manifest.refusals import findings
from shared.manifest.routes import Route, routes

_HEAD = """\
<!-- Printed from the functions by `python -m functions write`. Do not edit. -->
# Who may do what

The door (role) is declared by the operation; the room (this very row) is a rule in
`shared/policies`, asked with `authorize`, and its sentence is what a refused caller reads. Beneath
both, row-level security in PostgreSQL hides what a forgotten rule would let through.

| Operation | Function | Roles | Only if |
| --- | --- | --- | --- |
"""
_RULES = """
## The rules

| Rule | Sentence | Asked by |
| --- | --- | --- |
"""


def render() -> str:
    """Return the text of `docs/permissions.md`."""
    known = routes()
    page = _HEAD + "".join(map(_operation, known))
    rules = _rules(known)
    return page + _RULES + "".join(rules) if rules else page


def _operation(route: Route) -> str:
    sentences = "<br>".join(map(sentence, _policies(route.entry)))
    roles = roles_of(route.entry)
    return f"| `{route.method} {route.path}` | {route.entry.name} | {roles} | {sentences} |\n"


def _rules(known: list[Route]) -> list[str]:
    asked: dict[FunctionType, list[str]] = {}
    for route in known:
        for policy in _policies(route.entry):
            asked.setdefault(policy, []).append(route.entry.name)
    return [
        f"| {_name(policy)} | {sentence(policy)} | {', '.join(sorted(asked[policy]))} |\n"
        for policy in sorted(asked, key=_name)
    ]


def _policies(entry: Entry) -> list[FunctionType]:
    return findings(entry.function).policies


def _name(policy: FunctionType) -> str:
    return f"{policy.__module__.rpartition('.')[2]}.{policy.__name__}"
