"""Reads a function's facts and signature once: what it takes, what it returns.

The signature is the contract. `body`, `query`, `event` and `task` name shapes; `actor`, `db`,
`now`, `token` and `version` are given by the edge; every other parameter is a variable of the path.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NewType, get_args, get_origin
from uuid import UUID

from shared.answers import Batch, Json, Page
from shared.auth import Actor
from shared.roles import PUBLIC, STAFF
from shared.triggers import Cron, Http, OnEvent, Sunset, Task, Trigger

if TYPE_CHECKING:
    from pydantic import BaseModel

IfMatch = NewType("IfMatch", int)
"""The version in the `If-Match` header: the one that the caller's edit is based on."""

Token = NewType("Token", str)
"""The caller's own token, for a function that asks others in his name."""

_GIVEN = {"actor": Actor, "now": datetime, "token": Token}
_SHAPES = ("body", "query", "event", "task")
NOTICE = timedelta(days=90)
"""So long before an operation is gone its clients are told."""

_VARIABLE = re.compile(r"{(\w+)}")


class BadSignatureError(TypeError):
    """The function's signature does not fit its trigger."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A function, ready to be served: its trigger and the plan of its parameters."""

    name: str
    service: str
    function: Callable[..., Any]
    trigger: Trigger
    sunset: Sunset | None
    body: "type[BaseModel] | None"
    query: "type[BaseModel] | None"
    event: "type[BaseModel] | None"
    task: "type[BaseModel] | None"
    path: dict[str, type]
    wants: frozenset[str]
    summary: str
    description: str

    @property
    def db_role(self) -> str:
        """Return the login role it connects as: people's requests and jobs have their own."""
        return f"{'svc' if isinstance(self.trigger, Http) else 'job'}_{self.service}"

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return the expression that its path matches."""
        assert isinstance(self.trigger, Http)  # noqa: S101  # callers have matched the trigger
        return path_pattern(self.trigger.path)

    @property
    def returns(self) -> Any:  # noqa: ANN401  # any annotation
        """Return what it says it returns.

        A quoted answer names a shape that only the API document needs: a function that takes no
        shape either need not import pydantic when it starts cold. The names of such a quotation
        are imported here, from the module's `if TYPE_CHECKING:` block.
        """
        said = inspect.get_annotations(self.function).get("return")
        if not isinstance(said, str):
            return type(None) if said is None else said
        import ast  # noqa: PLC0415  # no function needs it to serve

        module = sys.modules[self.function.__module__]
        names = dict(vars(module))
        tree = ast.parse(inspect.getsource(module))
        blocks = [node.body for node in tree.body if isinstance(node, ast.If)]
        for node in (node for block in blocks for node in block):
            if isinstance(node, ast.ImportFrom):
                source = import_module(str(node.module))
                names |= {alias.name: getattr(source, alias.name) for alias in node.names}
        return eval(said, names)  # noqa: S307  # our own annotation

    @property
    def answer(self) -> tuple[type | None, Any]:
        """Return `(Json or Page or None, the shape inside)` of what it returns."""
        origin = get_origin(self.returns)
        if origin in {Json, Page}:
            return origin, get_args(self.returns)[0]
        return None, self.returns


@cache
def path_pattern(path: str) -> re.Pattern[str]:
    """Return the expression of a path template: a variable is one non-empty segment."""
    end = "/?" if reserved(path) else ""
    return re.compile("^" + _VARIABLE.sub(r"(?P<\1>[^/]+)", path) + end + r"\Z")


def reserved(path: str) -> bool:
    """Tell whether Cloud Run may answer a path itself; then the gateway adds a slash to it.

    Source: "Known issues in Cloud Run", reserved URL paths: some that end in z.
    """
    return path.endswith("z")


def compile_entry(function: Callable[..., Any]) -> Entry:
    """Read a function; raise `BadSignatureError` when its signature does not fit its trigger."""
    trigger: Trigger | None = getattr(function, "__trigger__", None)
    name = function.__name__
    if trigger is None:
        message = f"{name} has no trigger"
        raise BadSignatureError(message)
    hints = inspect.get_annotations(function)
    parameters = list(inspect.signature(function).parameters)
    variables = set(_VARIABLE.findall(trigger.path)) if isinstance(trigger, Http) else set()
    path = {name_: hints[name_] for name_ in parameters if name_ in variables}
    shapes = {name_: hints[name_] for name_ in parameters if name_ in _SHAPES}
    wants = frozenset(parameters) - path.keys() - shapes.keys()
    sunset: Sunset | None = getattr(function, "__sunset__", None)
    _check(name, trigger, sunset, variables, path, shapes, wants, hints)
    summary, _, description = inspect.cleandoc(function.__doc__ or "").partition("\n\n")
    return Entry(
        name=name,
        service=function.__module__.split(".")[1] if "." in function.__module__ else "platform",
        function=function,
        trigger=trigger,
        sunset=sunset,
        body=shapes.get("body"),
        query=shapes.get("query"),
        event=shapes.get("event"),
        task=shapes.get("task"),
        path=path,
        wants=wants,
        summary=" ".join(summary.split()),
        description=description,
    )


def _check(
    name: str,
    trigger: Trigger,
    sunset: Sunset | None,
    variables: set[str],
    path: dict[str, type],
    shapes: dict[str, type],
    wants: frozenset[str],
    hints: dict[str, Any],
) -> None:
    problems = [
        f"{each} is quoted" for each in hints.keys() - {"return"} if isinstance(hints[each], str)
    ]
    if missing := variables - path.keys():
        problems.append(f"the path names {sorted(missing)}, the signature does not")
    if unknown := wants - {"actor", "db", "now", "token", "version"}:
        problems.append(f"parameters {sorted(unknown)} come from nowhere")
    problems += [
        f"{given} must be a {kind.__name__}"
        for given, kind in _GIVEN.items()
        if given in wants and hints[given] is not kind
    ]
    problems += [
        f"{each} must be a UUID, str or int"
        for each, kind in path.items()
        if kind not in {UUID, str, int}
    ]
    allowed = {Http: {"body", "query"}, OnEvent: {"event"}, Cron: set(), Task: {"task"}}[
        type(trigger)
    ]
    if wrong := shapes.keys() - allowed:
        problems.append(f"{sorted(wrong)} do not fit its trigger")
    if isinstance(trigger, Cron) and hints.get("return") is not Batch:
        problems.append("a scheduled job returns a Batch")
    if isinstance(trigger, (OnEvent, Task)) and not shapes:
        problems.append("it must take its event or task")
    if isinstance(trigger, Http):
        problems += _contradictions(trigger, wants)
    if sunset and not (isinstance(trigger, Http) and sunset.gone - sunset.deprecated >= NOTICE):
        problems.append(f"an operation is deprecated {NOTICE.days} days before it is gone")
    if problems:
        message = f"{name}: {'; '.join(problems)}"
        raise BadSignatureError(message)


def _contradictions(trigger: Http, wants: frozenset[str]) -> Iterator[str]:
    public = open_to_strangers(trigger)
    if public and wants & {"actor", "token"}:
        yield "a public operation has no actor"
    if answered_for(trigger) and not needs_account(trigger):
        yield "what is on record has an account behind it"
    if trigger.hides and (not public or trigger.cache_seconds):
        yield "only what is public, and in no shared cache, hides something from some"


def open_to_strangers(trigger: Http) -> bool:
    """Tell whether an operation is served without a token."""
    return trigger.roles is PUBLIC


def needs_account(trigger: Http) -> bool:
    """Tell whether the caller must have onboarded."""
    return bool(trigger.roles)


def answered_for(trigger: Http) -> bool:
    """Tell whether each call goes on record: sensitive ones, and all that only staff may do."""
    return trigger.sensitive or (needs_account(trigger) and trigger.roles <= STAFF)
