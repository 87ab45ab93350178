"""The deployment as data: what each function is called, runs as, is triggered by and may use."""

from dataclasses import asdict, dataclass
from typing import Any

from schemas.shape import Event
from shared.entry import Entry, open_to_strangers
from shared.manifest.discovery import LONGEST_NAME, deployed_name
from shared.settings import read
from shared.triggers import Cron, Http, OnEvent, Task, Trigger

CONNECTIONS = 800
"""What PostgreSQL can lend to functions: four fifths of `max_connections` = 1000."""

ATTEMPTS = range(5, 101)
"""What Pub/Sub takes as the number of deliveries before the dead letter topic."""


class BadPlanError(ValueError):
    """The suite cannot be deployed as it is."""


@dataclass(frozen=True, slots=True)
class Size:
    """What one function may use. Few instances that each serve many calls keep connections few."""

    memory: str
    concurrency: int
    min_instances: int
    max_instances: int
    timeout_seconds: int


_READ = Size("256Mi", concurrency=40, min_instances=0, max_instances=5, timeout_seconds=15)
_CALL = Size("256Mi", concurrency=20, min_instances=0, max_instances=3, timeout_seconds=15)
_HANDLER = Size("256Mi", concurrency=8, min_instances=0, max_instances=2, timeout_seconds=60)
_JOB = Size("256Mi", concurrency=1, min_instances=0, max_instances=1, timeout_seconds=60)


def plan(known: list[Entry]) -> dict[str, Any]:
    """Return the plan of a suite, or raise `BadPlanError` with everything that is wrong with it."""
    used = sum(map(_connections, known))
    problems = [problem for entry in known for problem in _problems(entry)]
    if used > CONNECTIONS:
        problems.append(f"all functions together can open {used} of {CONNECTIONS} connections")
    if problems:
        raise BadPlanError("\n".join(problems))
    return {
        "functions": [_planned(entry) for entry in known],
        "connections": {"used": used, "budget": CONNECTIONS},
    }


def _problems(entry: Entry) -> list[str]:
    found = []
    if len(deployed_name(entry)) > LONGEST_NAME:
        found.append(f"{entry.name} is longer than {LONGEST_NAME} characters")
    if isinstance(entry.trigger, OnEvent) and entry.trigger.attempts not in ATTEMPTS:
        found.append(f"{entry.name} needs {ATTEMPTS.start} to {ATTEMPTS.stop - 1} attempts")
    return found


def _planned(entry: Entry) -> dict[str, Any]:
    return {
        "name": deployed_name(entry),
        "target": entry.name,
        "service_account": f"fn-{entry.service}",
        "db_role": entry.db_role,
        "trigger": _trigger(entry, entry.trigger),
        **asdict(_size(entry)),
        "connections": _connections(entry),
    }


def _size(entry: Entry) -> Size:
    match entry.trigger:
        case Http(method="GET") as trigger if open_to_strangers(trigger):
            return _READ
        case Http():
            return _CALL
        case OnEvent() | Task():
            return _HANDLER
        case Cron():
            return _JOB


def _connections(entry: Entry) -> int:
    """Return how many connections all instances of a function can hold at once."""
    if (
        isinstance(entry.trigger, Http)
        and open_to_strangers(entry.trigger)
        and "db" not in entry.wants
    ):
        return 0
    size = _size(entry)
    return size.max_instances * min(size.concurrency, read({}).pool_size)


def _trigger(entry: Entry, trigger: Trigger) -> dict[str, Any]:
    match trigger:
        case Http():
            public = open_to_strangers(trigger)
            return {"http": f"{trigger.method} {trigger.path}", "public": public}
        case OnEvent():
            assert entry.event is not None  # noqa: S101  # compile_entry demands it
            topic = entry.event.__module__.rpartition(".")[2]
            return {
                "topic": topic,
                "filter": f'attributes.type = "{entry.event.__name__}"',
                "ordered": _is_ordered(entry.event),
                "attempts": trigger.attempts,
                "dead_letter_topic": f"{topic}-dead-letters",
            }
        case Cron():
            return {"schedule": trigger.schedule, "time_zone": "Etc/UTC"}
        case Task():
            return {"queue": trigger.queue, "attempts": trigger.attempts}


def _is_ordered(event: type) -> bool:
    return issubclass(event, Event) and event.ordering_key is not Event.ordering_key
