"""How Pub/Sub, Cloud Tasks and Cloud Scheduler come in: events, tasks and runs of jobs.

Each shows that it is who it says, names what it brings, and has it done once: the note that it is
done commits together with what it does.
"""

import json
import time
from typing import Any
from uuid import UUID

from shared import _queries as queries
from shared import log, parsing, rendering, tokens, trace
from shared.admission import bearer
from shared.answers import Batch
from shared.db import Connection
from shared.edge import Call, in_transaction
from shared.envelopes import event_of, run_of, task_of
from shared.errors import MethodNotAllowedError, UnavailableError
from shared.http import Response
from shared.triggers import Cron, OnEvent, Task

JOB_SECONDS = 8.0
"""How long a job goes on taking batches: an instance that is told to stop has ten seconds."""


def serve(call: Call, trigger: OnEvent | Task | Cron) -> Response:
    """Serve what one of Google's services brings."""
    match trigger:
        case OnEvent():
            return _event(call)
        case Task():
            return _task(call, trigger)
        case Cron():
            return _cron(call)


def _require_caller(call: Call, account: str) -> None:
    if call.request.method != "POST":
        raise MethodNotAllowedError("This is a POST.", headers={"Allow": "POST"})
    tokens.verify_caller(bearer(call.request, forwarded=False), account, call.entry.name)


def _job(call: Call, db: Connection, **given: object) -> Any:  # noqa: ANN401  # the function's own
    arguments = dict(given)
    if "db" in call.entry.wants:
        arguments["db"] = db
    if "now" in call.entry.wants:
        arguments["now"] = call.now
    return call.entry.function(**arguments)


def _event(call: Call) -> Response:
    _require_caller(call, "push")
    shape = call.entry.event
    assert shape is not None  # noqa: S101  # compile_entry demands it
    envelope = event_of(call.request)
    trace.begin(envelope.traceparent)
    event = parsing.validated(shape, json.dumps(envelope.data).encode())
    log.add(event_id=str(envelope.id))

    def handle(db: Connection) -> Response:
        if queries.claim_event(db, handler=call.entry.name, event_id=envelope.id):
            _job(call, db, event=event)
        return rendering.nothing()

    return in_transaction(call, handle)


def _task(call: Call, trigger: Task) -> Response:
    _require_caller(call, "tasks")
    shape = call.entry.task
    assert shape is not None  # noqa: S101  # compile_entry demands it
    task = task_of(call.request)
    try:
        given = parsing.validated(shape, task.body)

        def handle(db: Connection) -> Response:
            if queries.claim_event(db, handler=call.entry.name, event_id=task.id):
                _job(call, db, task=given)
            return rendering.nothing()

        return in_transaction(call, handle)
    except Exception as error:
        if task.retries < trigger.attempts - 1:
            raise
        # Cloud Tasks drops a task whose attempts are used up: it has no dead letters.
        log.exception("last attempt failed; kept for an operator", error)
        failure = log.described(error)

        def keep(db: Connection) -> Response:
            queries.keep_failed_task(
                db,
                id=task.id,
                queue=trigger.queue,
                function=call.entry.name,
                body=task.body.decode("utf-8", "replace").replace("\0", "\ufffd"),
                error=failure,
                attempts=task.retries + 1,
            )
            return rendering.nothing()

        return in_transaction(call, keep)


def _cron(call: Call) -> Response:
    """Run a job, a batch a transaction; a run that was finished does nothing more.

    A run that was told to start twice works one batch at a time, whoever holds it; one that died
    is taken up where it stopped. The last batch commits together with the note that it was.
    """
    _require_caller(call, "scheduler")
    run = run_of(call.request, call.entry.name)
    if run:
        call.now = run.due
    finished = 0
    deadline = time.monotonic() + JOB_SECONDS
    more = True
    while more and time.monotonic() < deadline:
        batches: list[Batch] = []

        def work(db: Connection, batches: list[Batch] = batches) -> Response:
            batches.append(_batch(call, db, run.id if run else None))
            return rendering.nothing()

        in_transaction(call, work)
        finished += batches[-1].done
        more = batches[-1].more
    log.add(batch_done=finished)
    if more:
        raise UnavailableError("More is due than one run can do.", retry_after=1)
    return rendering.report({"done": finished})


def _batch(call: Call, db: Connection, run: UUID | None) -> Batch:
    """Do a batch of a run, unless the run is finished."""
    if run and not queries.take_run(db, job=call.entry.name, run=run):
        return Batch(0, more=False)
    batch: Batch = _job(call, db)
    if run and not batch.more:
        queries.claim_event(db, handler=call.entry.name, event_id=run)
    return batch
