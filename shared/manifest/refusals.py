"""Every refusal and every policy that a function can meet, read from the code that it calls.

Follows calls through the suite's own modules and collects each error that is made there, so that
the API document and the permissions page cannot forget one.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

from shared.auth import Denial, authorize, sentence
from shared.errors import ApiError, ForbiddenError, NotFoundError

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

    def refuse(self, refusal: Refusal) -> None:
        """Keep a refusal, unless it is there."""
        if refusal not in self.refusals:
            self.refusals.append(refusal)


@cache
def findings(*functions: Callable[..., Any]) -> Findings:
    """Return what a caller of `functions` can meet."""
    found = Findings()
    # authorize() can refuse with 403 and 404; which, and how, is said by the rule it is given.
    seen: set[object] = {authorize}
    for function in functions:
        _visit(function, found, seen)
    return found


def _visit(function: object, found: Findings, seen: set[object]) -> None:
    if not isinstance(function, FunctionType) or function in seen:
        return
    if not function.__module__.startswith(_OURS):
        return
    seen.add(function)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    if function.__module__.startswith(_POLICIES):
        _keep_policy(function, tree, found)
    for node, arguments in _uses(tree):
        used = _resolved(node, function)
        if isinstance(used, type) and issubclass(used, ApiError):
            _keep_error(used, arguments, tree, function, found)
        _visit(used, found, seen)


def _uses(tree: ast.AST) -> Iterator[tuple[ast.expr, ast.Call | None]]:
    """Yield what is called, raised or passed on, with the call that does it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.func, node
            passed = [*node.args, *(each.value for each in node.keywords)]
            yield from ((argument, None) for argument in passed)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
            yield node.exc, None


def _resolved(node: ast.expr, function: FunctionType) -> object:
    if isinstance(node, ast.Name):
        return function.__globals__.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _resolved(node.value, function)
        return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
    return None


def _keep_policy(policy: FunctionType, tree: ast.AST, found: Findings) -> None:
    found.policies.append(policy)
    found.refuse(Refusal(ForbiddenError.status, ForbiddenError.code, sentence(policy)))
    hides = any(
        _resolved(node.func, policy) is Denial and node.keywords
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    )
    if hides:
        found.refuse(Refusal(NotFoundError.status, NotFoundError.code, "There is nothing here."))


def _keep_error(
    error: type[ApiError],
    call: ast.Call | None,
    tree: ast.AST,
    function: FunctionType,
    found: Findings,
) -> None:
    named = {each.arg: each.value for each in call.keywords} if call else {}
    if "problems" in named:  # one for each wrong field: the document words that itself
        return
    sentences = call.args if call else []
    message = _text(sentences[0], tree, function) if sentences else _default_message(error)
    if message == UNKNOWN:
        message = (error.__doc__ or "").strip().split("\n", maxsplit=1)[0]
    found.refuse(
        Refusal(
            error.status,
            _text(named["code"], tree, function) if "code" in named else error.code,
            message,
            _text(named["field"], tree, function) if "field" in named else None,
        )
    )


def _default_message(error: type[ApiError]) -> str:
    default = inspect.signature(error).parameters["message"].default
    return default if isinstance(default, str) else ""


def _text(node: ast.expr, tree: ast.AST, function: FunctionType) -> str:
    """Return a text as far as the code says it; `UNKNOWN` for the rest."""
    if isinstance(node, ast.Name):
        assigned = [
            each.value
            for each in ast.walk(tree)
            if isinstance(each, ast.Assign)
            and isinstance(each.targets[0], ast.Name)
            and each.targets[0].id == node.id
        ]
        if assigned:
            return _text(assigned[-1], tree, function)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, tree, function) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        node = node.value
    try:
        value = eval(ast.unparse(node), function.__globals__)  # noqa: S307  # our own source text
    except NameError:
        return UNKNOWN
    return str(value)
