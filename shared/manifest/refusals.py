"""Every refusal, policy and query that a function can meet, read from the code that it calls.

Follows calls through the suite's own modules and collects each error that is made there, so that
the API document and the permissions page cannot forget one.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

from shared.auth import Denial, authorize, sentence
from shared.errors import ApiError, ForbiddenError, InvalidError, NotFoundError, Problem

UNKNOWN = "…"
"""Stands for what only a call knows."""

_OURS = ("functions.", "shared.")
_POLICIES = "shared.policies."


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way to be refused."""

    status: int
    code: str
    message: str
    field: str | None = None


@dataclass(slots=True)
class Findings:
    """What following the calls of a function found, each once, in the order of the code."""

    refusals: list[Refusal] = field(default_factory=list)
    policies: list[FunctionType] = field(default_factory=list)
    called: list[FunctionType] = field(default_factory=list)

    def refuse(self, refusal: Refusal) -> None:
        """Keep a refusal, unless it is there or only a call knows its code."""
        if refusal not in self.refusals and UNKNOWN not in refusal.code:
            self.refusals.append(refusal)


@dataclass(frozen=True, slots=True)
class _Body:
    """The code of a function, and the texts that the call at hand gives it."""

    function: FunctionType
    tree: ast.FunctionDef
    given: Mapping[str, str]

    def resolved(self, node: ast.expr) -> object:
        """Return what a name in the code stands for, where the module says it."""
        if isinstance(node, ast.Name):
            known = self.function.__globals__
            return known[node.id] if node.id in known else _imports(self.function).get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.resolved(node.value)
            return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
        return None

    def text(self, node: ast.expr) -> str:
        """Return a text as far as the code says it, `UNKNOWN` for the rest."""
        if isinstance(node, ast.Name) and (assigned := self._assigned(node.id)):
            return self.text(assigned[-1])
        if isinstance(node, ast.JoinedStr):
            return "".join(self.text(part) for part in node.values)
        if isinstance(node, ast.FormattedValue):
            node = node.value
        try:
            value = eval(ast.unparse(node), self.function.__globals__, {**self.given})  # noqa: S307  # our own source text
        except (NameError, AttributeError):
            return UNKNOWN
        return str(value)

    def calls(self) -> Iterator[ast.Call]:
        """Yield every call; an error that is raised without one is called with nothing."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node
            elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
                yield ast.Call(node.exc, [], [])

    def mentions(self) -> Iterator[ast.expr]:
        """Yield every name that is not called here: what it stands for may be called elsewhere."""
        called = {id(call.func) for call in self.calls()}
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.Name, ast.Attribute)) and id(node) not in called:
                yield node

    def passes_on(self, call: ast.Call, called: FunctionType) -> dict[str, str]:
        """Return the texts that `call` gives by a constant, or passes on."""
        names = called.__code__.co_varnames
        given = {each.arg: each.value for each in call.keywords if each.arg}
        given |= dict(zip(names, call.args, strict=False))
        texts = {
            name: self.given.get(each.id, "") if isinstance(each, ast.Name) else self.text(each)
            for name, each in given.items()
            if isinstance(each, (ast.Name, ast.Constant, ast.JoinedStr))
        }
        return {name: text for name, text in texts.items() if text}

    def _assigned(self, name: str) -> list[ast.expr]:
        return [
            each.value
            for each in ast.walk(self.tree)
            if isinstance(each, ast.Assign)
            and isinstance(each.targets[0], ast.Name)
            and each.targets[0].id == name
        ]


@cache
def _tree(function: FunctionType) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)  # noqa: S101  # a function's source is one
    return tree


@cache
def _imports(function: FunctionType) -> dict[str, object]:
    """Return what a function itself imports, if it is ours, by the name that it has there."""
    found: dict[str, object] = {}
    for node in ast.walk(_tree(function)):
        if not isinstance(node, ast.ImportFrom) or not f"{node.module}.".startswith(_OURS):
            continue
        origin = str(node.module)
        for each in node.names:
            inside = getattr(import_module(origin), each.name, None)
            found[each.asname or each.name] = inside or import_module(f"{origin}.{each.name}")
    return found


@cache
def findings(*functions: Callable[..., Any]) -> Findings:
    """Return what a caller of `functions` can meet."""
    found = Findings()
    seen: set[object] = set()
    for function in functions:
        _visit(function, {}, found, seen)
    return found


def _visit(function: object, given: Mapping[str, str], found: Findings, seen: set[object]) -> None:
    if not isinstance(function, FunctionType) or not function.__module__.startswith(_OURS):
        return
    # authorize() can refuse with 403 and 404: which, and how, is said by the rule it is given.
    if function is authorize or (function, frozenset(given.items())) in seen:
        return
    seen.add((function, frozenset(given.items())))
    if function not in found.called:
        found.called.append(function)
    body = _Body(function, _tree(function), given)
    if function.__module__.startswith(_POLICIES):
        _keep_policy(body, found)
    for call in body.calls():
        called = body.resolved(call.func)
        if isinstance(called, type) and issubclass(called, ApiError):
            _keep_error(called, call, body, found)
        elif called is Problem:
            _keep_problem(call, body, found)
        elif isinstance(called, FunctionType):
            _visit(called, body.passes_on(call, called), found, seen)
    for mentioned in body.mentions():
        _visit(body.resolved(mentioned), {}, found, seen)


def _keep_policy(body: _Body, found: Findings) -> None:
    policy = body.function
    found.policies.append(policy)
    found.refuse(Refusal(ForbiddenError.status, ForbiddenError.code, sentence(policy)))
    if any(body.resolved(call.func) is Denial and call.keywords for call in body.calls()):
        found.refuse(Refusal(NotFoundError.status, NotFoundError.code, "There is nothing here."))


def _keep_error(error: type[ApiError], call: ast.Call, body: _Body, found: Findings) -> None:
    named = {each.arg: each.value for each in call.keywords}
    if "problems" in named:  # each is kept where it is made
        return
    message = body.text(call.args[0]) if call.args else _default_message(error)
    if message == UNKNOWN:
        message = (error.__doc__ or "").strip().split("\n", maxsplit=1)[0]
    code = body.text(named["code"]) if "code" in named else error.code
    field_ = body.text(named["field"]) if "field" in named else None
    found.refuse(Refusal(error.status, code, message, field_))


def _keep_problem(call: ast.Call, body: _Body, found: Findings) -> None:
    given = dict(zip(("code", "message", "field"), call.args, strict=False))
    given |= {each.arg: each.value for each in call.keywords if each.arg}
    code, message, *field_ = (body.text(given[name]) for name in given)
    if message != UNKNOWN:  # a validator's own words
        found.refuse(Refusal(InvalidError.status, code, message, *field_))


def _default_message(error: type[ApiError]) -> str:
    default = inspect.signature(error).parameters["message"].default
    return default if isinstance(default, str) else ""
