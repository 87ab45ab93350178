"""How people are told: whom, in which words, each fact once, and what their phones show of it."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypedDict
from uuid import UUID

from functions.notifications import _queries as queries
from schemas.notifications import NotificationType
from schemas.projections.notifications import NEWEST, Inbox
from shared import projections
from shared.db import Connection
from shared.ids import new_id
from shared.projections import Projection

MOST_PEOPLE = 50
"""Owners and managers of one business who are told; a larger circle reads the business's pages."""

COUNTED = 100
"""Reading on would cost more than anybody learns from a larger number."""

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
) -> None:
    """Tell one person, unless nobody is there any more."""
    person = queries.person(db, user_id=user_id)
    if person is not None:
        _tell(db, [person], kind, subject_id, parameters, "")


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
    queries.insert_notifications(
        db,
        type=kind,
        subject_id=subject_id,
        deduplication=":".join(filter(None, (kind, str(subject_id), once))),
        parameters=json.dumps(parameters, default=str),
        notifications=json.dumps(told),
    )
    # Those who are told together are locked in one order, whoever else tells them.
    for each in sorted(people, key=lambda each: each.user_id):
        projections.changed(db, INBOX, each.user_id, each.uid)


def inbox(db: Connection, user_id: str) -> Inbox | None:
    """Return what a person's phone shows of his inbox; None when he is forgotten."""
    found = queries.inbox(db, user_id=UUID(user_id), counted=COUNTED, newest=NEWEST)
    return Inbox.model_validate_json(found) if found else None


def _inboxes(db: Connection, after: str | None, limit: int) -> list[queries.PageOfInboxesRow]:
    return queries.page_of_inboxes(db, after=after or str(_FIRST), limit=limit)


INBOX = Projection("inboxes", "task_project_inbox", _inboxes)
"""Keyed by the user's id; in Firestore by his sign-in's, which is what rules and apps know."""
