"""What Pub/Sub, Eventarc and Cloud Tasks send, read into one form each."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from shared import parsing
from shared.errors import BadRequestError
from shared.http import Request

_LONGEST_COUNT = 9
_OBJECTS = UUID("0b9c7a6e-3f0a-5f67-9d1c-5a2f7e4b8c13")
_UNREADABLE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    binascii.Error,
    RecursionError,
)
_ABOUT_THE_MESSAGE = frozenset({"id", "type", "traceparent"})
_RUNS = UUID("d3a1c7e2-58f4-5b7a-9c60-2e41b8f7a905")
_TASKS = UUID("6f1d7a52-6d0b-5b1e-9f53-0c6a3f9d8e21")


@dataclass(frozen=True, slots=True)
class EventEnvelope:
    """One delivery of an event."""

    id: UUID
    data: dict[str, Any]
    traceparent: str | None
    attempt: int


@dataclass(frozen=True, slots=True)
class TaskEnvelope:
    """One attempt at a task; `retries` counts from 0."""

    id: UUID
    body: bytes
    retries: int


@dataclass(frozen=True, slots=True)
class RunEnvelope:
    """One attempt at a run of a job: all attempts at it have its id."""

    id: UUID
    due: datetime


@dataclass(frozen=True, slots=True)
class ObjectEnvelope:
    """An object that is complete. One that is replaced has another generation, hence another id."""

    id: UUID
    bucket: str
    name: str
    generation: int
    size: int
    content_type: str


def event_of(request: Request) -> EventEnvelope:
    """Read a Pub/Sub push: raw, or as a CloudEvent in binary or structured form.

    A message without data says all in its attributes. What cannot be read is refused, not
    acknowledged: it is tried again and then dead-lettered, where an operator sees it. Most often
    it is a revision that cannot read what is well, and the next one can.
    """
    try:
        outer = json.loads(request.body or b"")
        push = outer if "message" in outer else outer["data"]
        message = push["message"]
        attributes = message.get("attributes") or {}
        event_id, data = _said(message, attributes)
        traceparent = attributes.get("traceparent") or request.header("traceparent")
        return EventEnvelope(
            id=UUID(event_id),
            data=dict(data),
            traceparent=traceparent if isinstance(traceparent, str) else None,
            attempt=int(push.get("deliveryAttempt") or 1),
        )
    except _UNREADABLE as error:
        raise BadRequestError("This is not an event.", code="MALFORMED_EVENT") from error


def _said(message: dict[str, Any], attributes: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the id of an event and what it says."""
    if message.get("data"):
        envelope = json.loads(base64.b64decode(message["data"], validate=True))
        return envelope["id"], envelope["data"]
    return attributes["id"], {
        name: value for name, value in attributes.items() if name not in _ABOUT_THE_MESSAGE
    }


def object_of(request: Request) -> ObjectEnvelope:
    """Read a push by which Cloud Storage says that an object is complete (OBJECT_FINALIZE).

    What it says of any other change is refused: a subscription filters by `eventType`.
    """
    try:
        message = json.loads(request.body or b"")["message"]
        if message["attributes"]["eventType"] != "OBJECT_FINALIZE":
            raise BadRequestError("This is another change of an object.", code="MALFORMED_EVENT")
        said = json.loads(base64.b64decode(message["data"], validate=True))
        bucket, name, generation = said["bucket"], said["name"], int(said["generation"])
        return ObjectEnvelope(
            id=uuid5(_OBJECTS, f"{bucket}/{name}#{generation}"),
            bucket=str(bucket),
            name=str(name),
            generation=generation,
            size=int(said["size"]),
            content_type=str(said["contentType"]),
        )
    except _UNREADABLE as error:
        raise BadRequestError("This is no complete object.", code="MALFORMED_EVENT") from error


def task_of(request: Request) -> TaskEnvelope:
    """Read a Cloud Tasks request; its name is the id that `outbox.enqueue` gave it."""
    name = (request.header("x-cloudtasks-taskname") or "").rpartition("/")[2]
    retries = request.header("x-cloudtasks-taskretrycount") or "0"
    if not name or not (retries.isascii() and retries.isdigit() and len(retries) <= _LONGEST_COUNT):
        raise BadRequestError("This is not a task.", code="MALFORMED_TASK")
    try:
        task_id = UUID(name)
    except ValueError:
        task_id = uuid5(_TASKS, name)
    return TaskEnvelope(task_id, request.body or b"", int(retries))


def run_of(request: Request, function: str) -> RunEnvelope | None:
    """Read a Cloud Scheduler request; None of one that does not say when it was due.

    Two jobs may call one function; without the name of its job a run is the function's own.
    """
    job = request.header("x-cloudscheduler-jobname") or function.replace("_", "-")
    due = request.header("x-cloudscheduler-scheduletime")
    if not due:
        return None
    at = parsing.instant("X-CloudScheduler-ScheduleTime", due).astimezone(UTC)
    return RunEnvelope(uuid5(_RUNS, f"{job}@{at.isoformat()}"), at)
