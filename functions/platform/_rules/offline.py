"""Doing what a device did while it was offline: one operation after the other, each once.

Each is sent to its own function in the caller's name, as the device would have sent it singly,
with a key made from the id that the device gave it. So there is one way to do things, each is a
transaction of its own, and what an interrupted outbox has done already is found by its keys.
"""

import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import quote
from uuid import UUID

from functions.platform._queries import offline
from schemas.platform import OfflineOperation, OperationError, OperationResult, OutboxResults
from shared import idempotency
from shared.auth import Actor
from shared.cloud import gateway
from shared.errors import InvalidError, Problem
from shared.http import Response

SECONDS = 8.0
"""How long an outbox is worked on: within the time that an idle transaction has."""

ONE_SECONDS = 4.0
PAUSE = 5
"""Seconds after which to send what waits, where nobody said so."""

_PREFIX = "sync:"
_VARIABLE = re.compile(r"{(\w+)}")


class Operation(TypedDict):
    """Where an operation that may be done offline is sent."""

    method: str
    path: str


@cache
def operations() -> Mapping[str, Operation]:
    """Return the operations that may be done offline, as printed from their triggers."""
    text = Path(__file__).parents[1].joinpath("offline.json").read_text(encoding="utf-8")
    found: dict[str, Operation] = json.loads(text)
    return found


def require_sound(wanted: Sequence[OfflineOperation]) -> None:
    """Demand operations that are known and can be done in their order."""
    problems: list[Problem] = []
    order = {each.id: place for place, each in reversed([*enumerate(wanted)])}
    for place, each in enumerate(wanted):
        at = f"operations.{place}"
        if order[each.id] != place:
            problems.append(Problem("DUPLICATE_ID", "This id is another operation's.", f"{at}.id"))
        known = operations().get(each.operation)
        if known is None:
            message = f"{each.operation} is nothing that can be done offline."
            problems.append(Problem("UNKNOWN_OPERATION", message, f"{at}.operation"))
        elif each.path.keys() != (named := set(_VARIABLE.findall(known["path"]))):
            message = f"The path of {each.operation} names {sorted(named) or 'nothing'}."
            problems.append(Problem(InvalidError.code, message, f"{at}.path"))
        for name, others in (
            ("depends_on", each.depends_on),
            ("version_from", [each.version_from]),
        ):
            if any(order.get(other, -1) >= place for other in others if other):
                message = "An operation depends on earlier ones only."
                problems.append(Problem("DEPENDS_ON_LATER", message, f"{at}.{name}"))
    if problems:
        raise InvalidError("This outbox cannot be done.", problems=tuple(problems))


def keys_of(wanted: Sequence[OfflineOperation]) -> list[str]:
    """Return the keys of operations and of what they depend on."""
    ids = {each.id for each in wanted} | {other for each in wanted for other in needed(each)}
    return sorted(map(key_of, ids))


def key_of(operation_id: UUID) -> str:
    """Return the `Idempotency-Key` under which an operation is sent."""
    return f"{_PREFIX}{operation_id}"


def needed(operation: OfflineOperation) -> set[UUID]:
    """Return what an operation depends on."""
    others = {*operation.depends_on}
    return others | {operation.version_from} if operation.version_from else others


@dataclass(slots=True)
class Work:
    """An outbox that is being worked on."""

    actor: Actor
    token: str
    done: Mapping[str, offline.AnswersOfRow]
    """By key, what was done before."""

    results: dict[UUID, OperationResult] = field(default_factory=dict)
    retry_after: int | None = None
    deadline: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    def through(self, wanted: Iterable[OfflineOperation]) -> OutboxResults:
        """Do all that can be done; what was not decided holds up what comes after it."""
        for each in wanted:
            self.results[each.id] = self._result(each)
        return OutboxResults(results=[*self.results.values()], retry_after=self.retry_after)

    def _result(self, wanted: OfflineOperation) -> OperationResult:
        if self.retry_after is None and time.monotonic() > self.deadline:
            self.retry_after = 1
        if self.retry_after is not None:
            return OperationResult(id=wanted.id, outcome="waiting")
        if undone := sorted(str(each) for each in needed(wanted) if not self._applied(each)):
            return _skipped(wanted, f"It depends on {undone[0]}, which was not done.")
        version = wanted.version
        if wanted.version_from:
            version = _version_in(self._answer(wanted.version_from))
            if version is None:
                return _skipped(wanted, f"{wanted.version_from} was answered without a version.")
        return self._sent(wanted, version)

    def _applied(self, operation_id: UUID) -> bool:
        result = self.results.get(operation_id)
        if result is not None:
            return result.outcome == "applied"
        return key_of(operation_id) in self.done

    def _answer(self, operation_id: UUID) -> Any:  # noqa: ANN401  # any JSON
        result = self.results.get(operation_id)
        if result is not None:
            return result.data
        return _data(self.done[key_of(operation_id)].body)

    def _sent(self, wanted: OfflineOperation, version: int | None) -> OperationResult:
        known = operations()[wanted.operation]
        path = known["path"].format_map(
            {name: quote(value, safe="") for name, value in wanted.path.items()}
        )
        body = b"" if wanted.body is None else json.dumps(wanted.body, sort_keys=True).encode()
        key = key_of(wanted.id)
        if before := self.done.get(key):
            claim = idempotency.read(key, self.actor.uid, wanted.operation, path, body)
            assert claim is not None  # noqa: S101  # the key is there
            if (before.operation, before.request_hash) == (claim.operation, claim.request_hash):
                return _applied(wanted, before.status, before.body)
            return _reused(wanted)
        headers = {"Idempotency-Key": key}
        if version is not None:
            headers["If-Match"] = str(version)
        seconds = max(1.0, min(ONE_SECONDS, self.deadline - time.monotonic()))
        try:
            answer = gateway.call(
                known["method"], path, headers, body, token=self.token, seconds=seconds
            )
        except (OSError, HTTPException):
            self.retry_after = PAUSE
            return OperationResult(id=wanted.id, outcome="waiting")
        return self._read(wanted, answer)

    def _read(self, wanted: OfflineOperation, answer: Response) -> OperationResult:
        """Return what an answer means: done, refused for good, or to be asked again."""
        if 200 <= answer.status < 300:  # noqa: PLR2004  # the class of success
            return _applied(wanted, answer.status, answer.body.decode())
        headers = {name.lower(): value for name, value in answer.headers.items()}
        pause = headers.get("retry-after", "")
        if pause or answer.status == 401 or answer.status >= 500:  # noqa: PLR2004  # the caller, the server
            self.retry_after = int(pause) if pause.isdigit() else PAUSE
            return OperationResult(
                id=wanted.id, outcome="waiting", status=answer.status, errors=_errors(answer)
            )
        return OperationResult(
            id=wanted.id,
            outcome="refused",
            status=answer.status,
            errors=_errors(answer),
            current=_document(answer).get("current"),
        )


def _applied(wanted: OfflineOperation, status: int, body: str) -> OperationResult:
    return OperationResult(id=wanted.id, outcome="applied", status=status, data=_data(body))


def _skipped(wanted: OfflineOperation, message: str) -> OperationResult:
    error = OperationError(code="DEPENDENCY_NOT_DONE", message=message, source="platform")
    return OperationResult(id=wanted.id, outcome="skipped", errors=[error])


def _reused(wanted: OfflineOperation) -> OperationResult:
    message = "This id was given to another operation before."
    error = OperationError(code="IDEMPOTENCY_KEY_REUSED", message=message, source="platform")
    return OperationResult(id=wanted.id, outcome="refused", status=422, errors=[error])


def _data(body: str) -> Any:  # noqa: ANN401  # any JSON
    return json.loads(body)["data"] if body else None


def _version_in(data: Any) -> int | None:  # noqa: ANN401  # any JSON
    version = data.get("version") if isinstance(data, dict) else None
    return version if isinstance(version, int) else None


def _document(answer: Response) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _errors(answer: Response) -> list[OperationError]:
    return [OperationError(**each) for each in _document(answer).get("errors", [])]
