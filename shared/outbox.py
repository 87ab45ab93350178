"""Events and tasks, stored in the transaction that causes them and handed over after it commits.

An event does not overtake an earlier one of its key that the bus has not got yet: it is left to
the relay, which sends both in their order.
"""

from datetime import UTC, datetime
from uuid import UUID

from pg8000.native import literal
from pydantic import BaseModel

from schemas.shape import Event
from shared import _queries as queries
from shared import log, trace
from shared.cloud import bus
from shared.cloud.bus import Message
from shared.db import Connection, pool
from shared.ids import new_id

_INSERT = """INSERT INTO platform.outbox
    (id, kind, topic, type, ordering_key, due_at, body, traceparent)"""


def publish(db: Connection, event: Event) -> UUID:
    """Announce `event` if, and only if, this transaction commits."""
    message_id = new_id()
    topic = type(event).__module__.rpartition(".")[2]
    name = type(event).__name__
    traceparent = trace.current()
    body = (
        f'{{"id":"{message_id}","type":"{name}","timestamp":"{datetime.now(UTC).isoformat()}",'
        f'"source":"{topic}","data":{event.model_dump_json()},'
        f'"metadata":{{"traceId":"{(traceparent or "--")[3:35]}"}}}}'
    )
    _store(
        db,
        Message(message_id, "event", topic, name, event.ordering_key(), None, body, traceparent),
    )
    return message_id


def enqueue(
    db: Connection, function: str, queue: str, task: BaseModel, *, due_at: datetime | None = None
) -> UUID:
    """Have `function` called with `task` by its queue, at `due_at` or at once, after commit."""
    message_id = new_id()
    body = task.model_dump_json()
    _store(db, Message(message_id, "task", queue, function, None, due_at, body, trace.current()))
    return message_id


def enqueue_if(
    db: Connection,
    condition: str,
    function: str,
    queue: str,
    task: BaseModel,
    *,
    message_id: UUID,
    due_at: datetime,
) -> None:
    """Have `function` called as by `enqueue`, if an SQL condition holds at the end of this one.

    The condition is asked once, on the way to the commit, and may change rows.
    """
    body = task.model_dump_json()
    message = Message(message_id, "task", queue, function, None, due_at, body, trace.current())
    db.storing.append(
        f"WITH asked AS MATERIALIZED (SELECT {condition} AS holds), "  # noqa: S608  # quoted by the driver
        f"stored AS ({_INSERT} SELECT {_values(message)} FROM asked WHERE holds RETURNING id) "
        "SELECT count(*) = 1 FROM stored"
    )
    db.outgoing.append(message)


def hand_over(role: str, messages: list[Message]) -> None:
    """Give committed messages to the bus and mark them; what fails here waits for the relay."""
    try:
        if bus.send(messages):
            with pool(role).connection() as db:
                queries.mark_sent(db, ids=[message.id for message in messages])
    except Exception as error:  # noqa: BLE001  # the answer is committed; the relay sends the rest
        log.write("WARNING", "hand-over failed; the relay will send", error=type(error).__name__)


def _store(db: Connection, message: Message) -> None:
    # Nothing reads it before the commit, so it travels with the commit, which tells whether it may
    # be sent at once.
    inserted = f"{_INSERT} VALUES ({_values(message)})"
    db.storing.append(f"{inserted} RETURNING {_first(message, db.outgoing)}")
    db.outgoing.append(message)


def _values(message: Message) -> str:
    values = (
        message.id,
        message.kind,
        message.topic,
        message.type,
        message.ordering_key,
        message.due_at,
        message.body,
        message.traceparent,
    )
    return ", ".join(map(literal, values))


def _first(message: Message, beside: list[Message]) -> str:
    """Return the condition that no earlier event of a message's key waits to be sent.

    Those of one key are stored by transactions that wait for each other, so the statement sees
    what was committed before. Those `beside` it are sent together with it.
    """
    if message.ordering_key is None:
        return "true"
    ours = ", ".join(literal(each.id) for each in (message, *beside))
    return (
        "NOT EXISTS (SELECT FROM platform.outbox AS earlier WHERE earlier.sent_at IS NULL "
        f"AND earlier.topic = {literal(message.topic)} "
        f"AND earlier.ordering_key = {literal(message.ordering_key)} "
        f"AND earlier.id NOT IN ({ours}))"
    )
