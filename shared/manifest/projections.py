"""`python -m functions rebuild-projections`: has every document in Firestore written anew."""

import sys
from collections.abc import Iterator

from shared import outbox, projections
from shared.db import pool
from shared.entry import Entry
from shared.manifest.discovery import entries
from shared.projections import Projection
from shared.triggers import Task

BATCH = 200


def known() -> list[tuple[Entry, Projection]]:
    """Return every function that writes documents, and what it writes."""
    return [
        (entry, _written_by(entry))
        for entry in entries().values()
        if isinstance(entry.trigger, Task) and entry.trigger.queue == projections.QUEUE
    ]


def rebuild(entry: Entry, kind: Projection, after: str | None = None) -> Iterator[list[str]]:
    """Give each document to a task, a batch a transaction; yield the keys of each batch.

    Broken off it goes on `after` the last key that it yielded; begun anew it does no harm.
    """
    while True:
        with pool(entry.db_role).transaction() as (db, _):
            keys = projections.rebuild(db, kind, after, BATCH)
            outgoing = db.outgoing
        outbox.hand_over(entry.db_role, outgoing)
        if not keys:
            return
        yield keys
        after = keys[-1]


def _written_by(entry: Entry) -> Projection:
    prefix = f"functions.{entry.service}._rules"
    rules = [vars(module) for name, module in sys.modules.items() if name.startswith(prefix)]
    written = {id(each): each for names in rules for each in names.values()}
    (found,) = (
        each
        for each in written.values()
        if isinstance(each, Projection) and each.task == entry.name
    )
    return found
