"""What phones see of a conversation while they listen: who may, how far it got, its newest words.

A message is a document of its own, written at once; the conversation's is written once a second at
most (`shared/projections.py`). Both say what the rows say when they are written.
"""

import json
from collections.abc import Iterator
from uuid import UUID

from functions.messaging._queries import conversations
from functions.messaging._queries import live as queries
from functions.messaging._rules import reading
from functions.messaging._rules.sealing import seal_of
from schemas.events.messaging import PartyErased
from schemas.messaging import Stretch
from schemas.projections.messaging import MOST_MEMBERS, WINDOW, LiveConversation, LiveMessage
from shared import outbox, projections
from shared.db import Connection
from shared.projections import Projection

QUEUE = "live"
ATTEMPTS = 100
"""A working day without Firestore; after them an operator replays the task, or all are rebuilt."""

BATCH = 500
_FIRST = UUID(int=0)
_EVER = 2**53


def changed(db: Connection, conversation_id: UUID) -> None:
    """Have a conversation's document written after this transaction."""
    projections.changed(db, CONVERSATIONS, conversation_id, str(conversation_id))


def show(db: Connection, conversation_id: UUID, seq: int) -> None:
    """Have a message's document written right after this transaction."""
    _enqueue(db, conversation_id, seq, seq)


def show_newest(db: Connection, conversation_id: UUID) -> None:
    """Have the documents of the newest messages written right after this transaction."""
    _enqueue(db, conversation_id, 1, _EVER)


def changed_all(db: Connection, party_id: UUID) -> None:
    """Have the documents of all conversations of a person or of a business written."""
    for each in _of(db, party_id):
        changed(db, each)


def leave_all(db: Connection, party_id: UUID) -> None:
    """The same of one that is erased, and announce it to whoever tells of its messages."""
    for each in _of(db, party_id):
        changed(db, each)
        outbox.publish(db, PartyErased(conversation_id=each, party_id=party_id))


def _of(db: Connection, party_id: UUID) -> Iterator[UUID]:
    after = _FIRST
    while batch := queries.conversations_of(db, party_id=party_id, after=after, limit=BATCH):
        yield from (each.id for each in batch)
        after = batch[-1].id


def conversation(db: Connection, conversation_id: str) -> LiveConversation | None:
    """Return what the document of a conversation shows."""
    found = queries.live_conversation(db, id=UUID(conversation_id), most=MOST_MEMBERS)
    return LiveConversation.model_validate_json(found) if found else None


def write(db: Connection, stretch: Stretch) -> None:
    """Write the documents of a stretch of messages; delete those that the newest push out.

    What comes late finds a newer version there and changes nothing.
    """
    from shared.cloud import documents  # noqa: PLC0415  # whoever only announces needs none

    sealed = conversations.conversation_key(db, id=stretch.conversation_id)
    if sealed is None:
        return
    place = f"conversations/{sealed.id}/messages"
    found = queries.window(
        db, conversation_id=sealed.id, first=stretch.first, last=stretch.last, size=WINDOW
    )
    seal = seal_of(sealed)
    for each in found:
        said = json.dumps(reading.opened(seal, sealed.id, each))
        shown = LiveMessage.model_validate_json(said)
        documents.put(f"{place}/{shown.seq}", shown.version, shown.model_dump(mode="json"))
    # Asked only now: whoever says more after this deletes after what was written here.
    newest = queries.last_seq(db, conversation_id=sealed.id) or 0
    last = min(stretch.last, newest)
    written = range(max(stretch.first, last - WINDOW + 1), last + 1)
    for seq in sorted({*written, *(seq - WINDOW for seq in written)}):
        if 0 < seq <= newest - WINDOW:
            documents.delete(f"{place}/{seq}")


def _enqueue(db: Connection, conversation_id: UUID, first: int, last: int) -> None:
    stretch = Stretch(conversation_id=conversation_id, first=first, last=last)
    outbox.enqueue(db, "task_project_messages", QUEUE, stretch)


def _page(db: Connection, after: str | None, limit: int) -> list[queries.PageOfLiveRow]:
    return queries.page_of_live(db, after=after or str(_FIRST), limit=limit)


def _beside(db: Connection, conversation_id: str) -> None:
    show_newest(db, UUID(conversation_id))


CONVERSATIONS = Projection("conversations", "task_project_conversation", _page, _beside)
"""Keyed by the id of the conversation, there and here."""
