"""How people are told: whom, in which words, each fact once, and what their phones show of it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypedDict
from uuid import UUID

from functions.notifications._queries import feed as queries
from functions.notifications._queries import named, pushes
from schemas.events.installs import InstallLost
from schemas.notifications import NotificationType, Told
from schemas.projections.notifications import NEWEST, Inbox
from shared import log, outbox, projections
from shared.db import Connection
from shared.ids import new_id
from shared.projections import Projection

MOST_PEOPLE = 50
"""Owners and managers of one business who are told; a larger circle reads the business's pages."""

COUNTED = 100
"""Reading on would cost more than anybody learns from a larger number."""

PUSHES = "push"
"""The queue of what is shown on installs."""

PUSHED_BEFORE: frozenset[NotificationType] = frozenset({"messages_waiting"})
"""What phones were shown when it came: the feed is where it is found by who missed that."""

DEFAULT_LANGUAGE = "en"
_FIRST = UUID(int=0)
_ISOLATED = "\u2068{}\u2069"
"""What people wrote may run the other way than the sentence around it (Unicode bidi isolates)."""


class Wording(TypedDict):
    """A template in one language."""

    title: str
    body: str


class Templates(TypedDict):
    """All templates and the sentences for reason codes, by language."""

    notifications: dict[str, dict[str, Wording]]
    reasons: dict[str, dict[str, str]]


@cache
def templates() -> Templates:
    """Read the templates, once a process."""
    text = Path(__file__).with_name("templates.json").read_text(encoding="utf-8")
    found: Templates = json.loads(text)
    return found


def spoken(wanted: str, offered: Mapping[str, object]) -> str:
    """Return the offered language that is nearest to a BCP 47 tag: pt-BR, then pt, then English."""
    tag = wanted
    while tag:
        if tag in offered:
            return tag
        tag = tag.rpartition("-")[0]
    return DEFAULT_LANGUAGE


def worded(kind: NotificationType, language: str, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return language, title and body of a notification."""
    offered = templates()["notifications"][kind]
    used = spoken(language, offered)
    reasons = templates()["reasons"].get(str(parameters.get("reason")), {})
    note = parameters.get("note")
    body = offered[used]["body"].format(
        title=_ISOLATED.format(parameters.get("title", "")),
        reason=reasons.get(used, ""),
        note=_ISOLATED.format(note) if note else "",
        count=parameters.get("count", ""),
    )
    return {"language": used, "title": offered[used]["title"], "body": " ".join(body.split())}


def tell_business(
    db: Connection,
    business_id: UUID,
    kind: NotificationType,
    subject_id: UUID,
    parameters: Mapping[str, Any],
    *,
    once: str = "",
) -> None:
    """Tell the owners and managers of a business; `once` names the fact where the kind does not."""
    people = queries.people_behind(db, business_id=business_id, limit=MOST_PEOPLE)
    _tell(db, people, kind, subject_id, parameters, once)


def tell_person(
    db: Connection,
    user_id: UUID,
    kind: NotificationType,
    subject_id: UUID,
    parameters: Mapping[str, Any],
    *,
    once: str = "",
) -> None:
    """Tell one person, unless nobody is there any more; `once` as of a business."""
    person = queries.person(db, user_id=user_id)
    if person is not None:
        _tell(db, [person], kind, subject_id, parameters, once)


def is_there(db: Connection, business_id: UUID) -> bool:
    """Tell whether a business may be named: news of it may come after it was forgotten."""
    return bool(named.is_there(db, business_id=business_id))


def forget_connection(db: Connection, connection_id: UUID) -> None:
    """Take back what people were told of a connection: it names a business that is forgotten."""
    for each in named.forget_connection(db, connection_id=connection_id):
        projections.changed(db, INBOX, each.user_id, each.uid)


def forget_conversation(db: Connection, conversation_id: UUID) -> None:
    """Take back what people were told of a conversation: it names somebody who is forgotten."""
    while batch := named.forget_conversation(
        db, conversation_id=conversation_id, limit=MOST_PEOPLE
    ):
        for each in batch:
            projections.changed(db, INBOX, each.user_id, each.uid)


def _tell(
    db: Connection,
    people: Sequence[queries.PeopleBehindRow | queries.PersonRow],
    kind: NotificationType,
    subject_id: UUID,
    parameters: Mapping[str, Any],
    once: str,
) -> None:
    told = [
        {
            "id": str(new_id()),
            "user_id": str(each.user_id),
            **worded(kind, each.language, parameters),
        }
        for each in people
    ]
    news = queries.insert_notifications(
        db,
        type=kind,
        subject_id=subject_id,
        deduplication=":".join(filter(None, (kind, str(subject_id), once))),
        parameters=json.dumps(parameters, default=str),
        notifications=json.dumps(told),
    )
    for new in news if kind not in PUSHED_BEFORE else ():
        have_pushed(db, Told(notification_id=new.id))
    # Those who are told together are locked in one order, whoever else tells them.
    for each in sorted(people, key=lambda each: each.user_id):
        projections.changed(db, INBOX, each.user_id, each.uid)


def have_pushed(db: Connection, told: Told, due_at: datetime | None = None) -> None:
    """Have a notification shown on the installs that have not got it, after this transaction."""
    outbox.enqueue(db, "task_send_push", PUSHES, told, due_at=due_at)


def note_pushes(db: Connection, told: Told, outcomes: Mapping[pushes.PushesLeftRow, str]) -> None:
    """Note what became of pushes: none of them is sent again. What is gone is announced."""
    notes = [
        {
            "notification_id": str(told.notification_id),
            "install_id": str(each.install_id),
            "outcome": outcome,
        }
        for each, outcome in outcomes.items()
    ]
    pushes.note_pushes(db, pushes=json.dumps(notes))
    for each, outcome in outcomes.items():
        if outcome == "gone":
            lost = InstallLost(
                user_id=each.user_id, install_id=each.install_id, fingerprint=each.fingerprint
            )
            outbox.publish(db, lost)
        elif outcome == "refused":
            log.write("ERROR", "a push is wrong and was refused", type=each.type)


def inbox(db: Connection, user_id: str) -> Inbox | None:
    """Return what a person's phone shows of his inbox; None when he is forgotten."""
    found = queries.inbox(db, user_id=UUID(user_id), counted=COUNTED, newest=NEWEST)
    return Inbox.model_validate_json(found) if found else None


def _inboxes(db: Connection, after: str | None, limit: int) -> list[queries.PageOfInboxesRow]:
    return queries.page_of_inboxes(db, after=after or str(_FIRST), limit=limit)


INBOX = Projection("inboxes", "task_project_inbox", _inboxes)
"""Keyed by the user's id; in Firestore by his sign-in's, which is what rules and apps know."""
