"""Somebody was told something: show it on his installs, on each once."""

from datetime import datetime, timedelta

from functions.notifications import _rules as rules
from functions.notifications._queries import pushes as queries
from schemas.notifications import Told
from shared.cloud import push
from shared.cloud.push import Outcome, Push
from shared.db import Connection
from shared.triggers import task

ATTEMPTS = 100
"""A working day without Cloud Messaging; after them an operator replays the task."""

SOON, LATEST = 60, 3_600
"""Seconds to wait where Cloud Messaging does not say how long, and at most."""


@task(queue=rules.PUSHES, attempts=ATTEMPTS)
def task_send_push(task: Told, db: Connection, now: datetime) -> None:
    """Send it to a batch of installs that have not got it, and note what became of each.

    Those that are to wait have another task. Where all are, this one fails: nothing is forgotten.
    """
    left = queries.pushes_left(db, id=task.notification_id, limit=push.MOST)
    results = push.send([_push(task, each) for each in left])
    if not results:
        return
    waits = [said.retry_after or SOON for said in results if said.outcome is Outcome.LATER]
    wait = min(max(waits, default=0), LATEST)
    if len(waits) == len(results):
        raise push.PushError("Cloud Messaging takes it later.", retry_after=wait)
    decided = {
        each: said.outcome.value
        for each, said in zip(left, results, strict=True)
        if said.outcome is not Outcome.LATER
    }
    rules.note_pushes(db, task, decided)
    if waits or len(left) == push.MOST:
        rules.have_pushed(db, task, due_at=now + timedelta(seconds=wait))


def _push(task: Told, to: queries.PushesLeftRow) -> Push:
    ids = {"notification_id": str(task.notification_id), "subject_id": str(to.subject_id)}
    data = {"type": to.type, **ids}
    return Push(to.push_token, task.notification_id.hex, to.title, to.body, data)
