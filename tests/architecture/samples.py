"""Something to send to every function, made from what its signature says."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel

from shared.entry import Entry, open_to_strangers
from shared.manifest import queries
from shared.manifest.dialect import converted
from shared.manifest.discovery import ROOT, entries
from shared.manifest.examples import Examples
from shared.manifest.refusals import findings
from shared.triggers import Cron, Http, OnEvent, Task


def http(entry: Entry) -> Http:
    """Return the trigger of an HTTP function."""
    assert isinstance(entry.trigger, Http)
    return entry.trigger


def named(found: list[Entry]) -> dict[str, Any]:
    """Return what parametrises a test over entries, with their names as ids."""
    return {"argnames": "entry", "argvalues": found, "ids": [entry.name for entry in found]}


ALL = list(entries().values())
HTTP = [entry for entry in ALL if isinstance(entry.trigger, Http)]
GUARDED = [entry for entry in HTTP if not open_to_strangers(http(entry))]
EVENTS = [entry for entry in ALL if isinstance(entry.trigger, OnEvent)]
TASKS = [entry for entry in ALL if isinstance(entry.trigger, Task)]
STATEMENTS = queries.statements(ROOT)
CRONS = [entry for entry in ALL if isinstance(entry.trigger, Cron)]


def sent_by(entry: Entry) -> list[str]:
    """Return the statements that a function reaches by its calls."""
    sent = (
        f"{each.__module__}.{each.__name__}".replace("._queries", "._statements")
        for each in findings(entry.function).called
    )
    return [name for name in sent if name in STATEMENTS]


def operation(entry: Entry) -> str:
    """Return method and path with something in the place of each variable."""
    filled = {UUID: str(uuid4()), int: "1", str: "something"}
    path = re.sub(r"{(\w+)}", lambda found: filled[entry.path[found[1]]], http(entry).path)
    return f"{http(entry).method} {path}"


def example(shape: type[BaseModel], *, sent: bool = True) -> Any:
    """Return what the API document would show of `shape`, with nulls only if it is not `sent`."""
    schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
    inner = {name: converted(each) for name, each in schema.get("$defs", {}).items()}
    examples = Examples({**inner, shape.__name__: converted(schema)})
    return examples.sent(converted(schema)) if sent else examples.of(converted(schema))


def event_text(entry: Entry) -> str:
    """Return an envelope with an event that `entry` handles."""
    assert entry.event is not None
    envelope = {
        "id": str(uuid4()),
        "type": entry.event.__name__,
        "timestamp": "2026-11-22T09:30:00+00:00",
        "source": entry.event.__module__.rpartition(".")[2],
        "data": example(entry.event, sent=False),
        "metadata": {"traceId": "0" * 32},
    }
    return json.dumps(envelope)
