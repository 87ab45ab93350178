"""Documents in Firestore that phones listen to, written from the rows that they show.

A function says in its own transaction that a document changed. That counts a version and, unless a
task is to write the document anyway, stores one that is due a second later. The task writes what
the rows say by then, with the version that it found: a thousand changes are one write, and what
comes late, twice or out of order writes nothing. `docs/decisions/0008-…` says why it holds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pg8000.native import literal
from pydantic import BaseModel

from schemas.platform import Turn
from shared import _queries as queries
from shared import outbox
from shared.db import Connection
from shared.ids import new_id

QUEUE = "projections"
ATTEMPTS = 100
"""A working day without Firestore; after them an operator replays the task, or all are rebuilt."""

PACE = timedelta(seconds=1)
"""Firestore takes one write a second to a document for long."""


Read = Callable[[Connection, str], BaseModel | None]
"""Returns what the document with a key shows now; None when there is to be none."""

Page = Callable[[Connection, str | None, int], Sequence[tuple[str, str]]]
"""Returns keys and ids in Firestore of the documents there are to be, in order, after a key."""

Beside = Callable[[Connection, str], None]
"""Has what stands below the document with a key written anew, too."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A kind of document: where it is, which function writes it, which of them there are to be."""

    collection: str
    task: str
    page: Page
    beside: Beside | None = None


def changed(
    db: Connection,
    kind: Projection,
    key: object,
    document: str | None = None,
    *,
    anew: bool = False,
) -> None:
    """Have a document written after this transaction, if it commits.

    Without `document`, its id in Firestore, only if it is there already. `anew` does not rely on
    a task that was stored before.
    """
    turn = new_id()
    said = (kind.task, str(key), document, turn, anew)
    mine = f"platform.change_projection({', '.join(map(literal, said))})"
    _store_if(db, mine, kind, Turn(key=str(key), turn=turn))


def write(db: Connection, kind: Projection, task: Turn, read: Read) -> None:
    """Write a document as it is now, unless the turn has passed to another task."""
    from shared.cloud import documents  # noqa: PLC0415  # whoever only announces needs none

    found = queries.projection_of(db, task=kind.task, key=task.key, turn=task.turn)
    if found is None:
        return
    shows = read(db, task.key)  # after its version: what is newer than that comes again
    path = f"{kind.collection}/{found.document}"
    if shows is None:
        documents.delete(path)
    else:
        documents.put(path, found.version, shows.model_dump(mode="json"))
    following = new_id()
    said = (kind.task, task.key, task.turn, found.version, shows is None, following)
    again = f"platform.end_turn({', '.join(map(literal, said))})"
    _store_if(db, again, kind, Turn(key=task.key, turn=following))


def rebuild(db: Connection, kind: Projection, after: str | None, limit: int) -> list[str]:
    """Have a batch of documents written anew, whatever is there; return their keys, in order."""
    batch = kind.page(db, after, limit)
    for key, document in batch:
        changed(db, kind, key, document, anew=True)
        if kind.beside is not None:
            kind.beside(db, key)
    return [key for key, _ in batch]


def _store_if(db: Connection, condition: str, kind: Projection, turn: Turn) -> None:
    due_at = datetime.now(UTC) + PACE
    outbox.enqueue_if(db, condition, kind.task, QUEUE, turn, message_id=turn.turn, due_at=due_at)
