"""How what is said reaches people who are not looking: by push, else in their feed.

What is owed to somebody is a number a conversation: all up to it. So ten messages are one push, and
whatever comes late, twice or out of order finds a number that is there already.
"""

import json
import random
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from functions.messaging._queries import delivering as queries
from functions.messaging._rules import live
from schemas.events.installs import InstallLost
from schemas.events.messaging import MessageSent, MessagesWaiting
from schemas.messaging import Delivery
from shared import log, outbox
from shared.cloud import push
from shared.cloud.push import Outcome, Push
from shared.db import Connection

QUEUE = "deliveries"
ATTEMPTS = 20
"""More than an hour without Cloud Messaging; then `cron_redrive_undelivered` begins anew."""

DEADLINE = timedelta(minutes=2)
"""Who has not got it by then is told in his feed."""

MOST_PEOPLE = 50
"""People of one business who are told; the others find it when they look."""

MOST_TRIES = 5
AGAIN = timedelta(hours=1)
"""After a task whose attempts are used up another one tries, after twice that time the next."""

SOON, LATEST = 30, 3_600
"""Seconds to wait where Cloud Messaging does not say how long, and at most."""


def queue(db: Connection, event: MessageSent) -> None:
    """Owe a message to each person of the other side."""
    people = queries.queue_deliveries(
        db,
        conversation_id=event.conversation_id,
        from_party=event.on_behalf_of or event.sender_id,
        sender_id=event.sender_id,
        seq=event.seq,
        due_at=event.sent_at + DEADLINE,
        most=MOST_PEOPLE,
    )
    for each in people:
        have_delivered(db, event.conversation_id, each.user_id, event.seq)


def have_delivered(
    db: Connection,
    conversation_id: UUID,
    user_id: UUID,
    seq: int,
    *,
    install_ids: list[UUID] | None = None,
    due_at: datetime | None = None,
) -> None:
    """Have somebody's installs, or some of them, show that something was said to him."""
    owed = Delivery(
        conversation_id=conversation_id, user_id=user_id, seq=seq, install_ids=install_ids
    )
    outbox.enqueue(db, "task_deliver_message", QUEUE, owed, due_at=due_at)


def push_to(db: Connection, task: Delivery, now: datetime) -> None:
    """Send what is owed to each install, and note what became of it."""
    owed = queries.delivery(db, conversation_id=task.conversation_id, user_id=task.user_id)
    if owed is None or owed.held_seq >= task.seq:
        return
    some = task.install_ids
    if some is None and owed.settled_seq >= task.seq:
        return
    installs = queries.installs(db, user_id=task.user_id, limit=push.MOST)
    if some is not None:
        installs = [each for each in installs if each.install_id in some]
    seq = task.seq if some else owed.queued_seq
    results = push.send([_push(task, each, owed, seq) for each in installs])
    if not results:
        return
    waits = [said.retry_after or SOON for said in results if said.outcome is Outcome.LATER]
    wait = _spread(min(max(waits, default=0), LATEST))
    if len(waits) == len(results):
        raise push.PushError("Cloud Messaging takes it later.", retry_after=wait)
    became = dict(zip(installs, (said.outcome for said in results), strict=True))
    _note(db, task, seq, became)
    if waits:
        have_delivered(
            db,
            task.conversation_id,
            task.user_id,
            seq,
            install_ids=[each.install_id for each, its in became.items() if its is Outcome.LATER],
            due_at=now + timedelta(seconds=wait),
        )


def _note(
    db: Connection, task: Delivery, seq: int, became: dict[queries.InstallsRow, Outcome]
) -> None:
    """Note how far he has been told, and announce installs that are gone."""
    for each, outcome in became.items():
        if outcome is Outcome.GONE:
            lost = InstallLost(
                user_id=task.user_id, install_id=each.install_id, fingerprint=each.fingerprint
            )
            outbox.publish(db, lost)
    outcomes = {*became.values()}
    where = {"conversation_id": task.conversation_id, "user_id": task.user_id}
    if Outcome.SENT in outcomes:
        queries.note_sent(db, **where, seq=seq)
        live.changed(db, task.conversation_id)
    elif Outcome.REFUSED in outcomes and Outcome.LATER not in outcomes:
        log.write("ERROR", "a push is wrong and was refused", type="message")
        queries.note_failed(db, **where, seq=seq)


def _push(task: Delivery, to: queries.InstallsRow, owed: queries.DeliveryRow, seq: int) -> Push:
    """Return what an install shows: who has written, and not what."""
    body = _words().get(owed.language) or _words()["en"]
    data = {"type": "message", "conversation_id": str(task.conversation_id), "seq": str(seq)}
    title = owed.name or body
    return Push(to.push_token, task.conversation_id.hex, title, body, data, urgent=True)


def _spread(seconds: int) -> int:
    """Return up to a quarter more, so that those who were refused together do not come together."""
    return seconds + random.randint(0, seconds // 4)  # noqa: S311  # nobody gains by guessing it


@cache
def _words() -> dict[str, str]:
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def redrive(db: Connection, now: datetime, limit: int) -> int:
    """Look at what is owed and due: tell who has not got it in his feed, once, and push anew.

    What was told is not told again before he has fetched what there was. What could not be pushed
    is tried again in an hour, then in two, and so on; after `MOST_TRIES` it has failed.
    """
    due = queries.lock_due(db, now=now, limit=limit)
    looked = [_looked_at(db, each, now) for each in due]
    if looked:
        queries.note_looked(db, looked=json.dumps(looked))
    return len(due)


def _looked_at(db: Connection, owed: queries.LockDueRow, now: datetime) -> dict[str, object]:
    told, failed, tries, due_at = owed.told_seq, owed.failed_seq, owed.tries, None
    if owed.may_be_told and owed.held_seq < owed.queued_seq:
        if told <= owed.held_seq and owed.waiting:
            told = owed.queued_seq
            _announce(db, owed)
        if owed.has_install and max(owed.sent_seq, failed) < owed.queued_seq:
            if tries == MOST_TRIES:
                failed = owed.queued_seq
            else:
                have_delivered(db, owed.conversation_id, owed.user_id, owed.queued_seq)
                due_at = now + AGAIN * 2**tries
                tries += 1
    return {
        "conversation_id": str(owed.conversation_id),
        "user_id": str(owed.user_id),
        "told_seq": told,
        "failed_seq": failed,
        "tries": tries,
        "due_at": due_at and due_at.isoformat(),
    }


def _announce(db: Connection, owed: queries.LockDueRow) -> None:
    waiting = MessagesWaiting(
        conversation_id=owed.conversation_id,
        user_id=owed.user_id,
        from_id=owed.from_id,
        since_seq=owed.held_seq,
        count=owed.waiting,
    )
    outbox.publish(db, waiting)
