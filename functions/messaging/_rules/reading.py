"""Conversations and messages as who takes part in them reads them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from functions.messaging._queries import conversations, live, messages, receipts
from functions.messaging._rules.sealing import Place, Seal, WrappedRow, seal_of
from shared.auth import Actor
from shared.db import Connection
from shared.errors import NotFoundError

PREVIEW = 200
"""Characters of the last message that stand in a list."""


class SeenRow(WrappedRow, Protocol):
    """A conversation as one of a list, or alone."""

    @property
    def kind(self) -> str: ...
    @property
    def first_id(self) -> UUID: ...
    @property
    def second_id(self) -> UUID: ...
    @property
    def first_name(self) -> str | None: ...
    @property
    def second_name(self) -> str | None: ...
    @property
    def last_seq(self) -> int: ...
    @property
    def last_message_at(self) -> datetime: ...
    @property
    def unread(self) -> int: ...
    @property
    def message_id(self) -> UUID | None: ...
    @property
    def sender_id(self) -> UUID | None: ...
    @property
    def version(self) -> int | None: ...
    @property
    def nonce(self) -> bytes | None: ...
    @property
    def ciphertext(self) -> bytes | None: ...
    @property
    def sent_at(self) -> datetime | None: ...
    @property
    def support_state(self) -> str | None: ...
    @property
    def waiting_since(self) -> datetime | None: ...
    @property
    def answer_by(self) -> datetime | None: ...
    @property
    def agent_id(self) -> UUID | None: ...
    @property
    def agent_name(self) -> str | None: ...


def mine(actor: Actor) -> list[UUID]:
    """Return all that the caller may be in a conversation: himself, and businesses of his."""
    return [actor.user_id, *actor.businesses]


def shown(db: Connection, actor: Actor, conversation_id: UUID) -> str:
    """Return a conversation in which the caller takes part, as he sees it, as JSON."""
    found = conversations.conversation(
        db, id=conversation_id, user_id=actor.user_id, mine=mine(actor)
    )
    if found is None:
        raise missing()
    return _whole(found, actor)


def missing() -> NotFoundError:
    """Return the refusal of a conversation that is not there, or not the caller's."""
    return NotFoundError("There is no such conversation.", code="CONVERSATION_NOT_FOUND")


def card(row: SeenRow, actor: Actor) -> dict[str, Any]:
    """Return a conversation as it stands in a list."""
    first = {
        "kind": "business" if row.kind == "business" else "person",
        "id": str(row.first_id),
        "name": row.first_name,
    }
    second = {"kind": "business", "id": str(row.second_id), "name": row.second_name}
    you, other = (first, second) if row.first_id in mine(actor) else (second, first)
    return {
        "id": str(row.id),
        "kind": row.kind,
        "you": you,
        "other": other,
        "support": _support(row),
        "last_seq": row.last_seq,
        "unread": row.unread,
        "last_message": _last_message(row),
        "last_message_at": row.last_message_at.isoformat(),
    }


def _whole(row: conversations.ConversationRow, actor: Actor) -> str:
    """Return a conversation with how far each side has got, as JSON."""
    reached = ("delivered_seq", "read_seq", "other_delivered_seq", "other_read_seq")
    return json.dumps(
        {
            **card(row, actor),
            **{name: getattr(row, name) for name in reached},
            "created_at": row.created_at.isoformat(),
        }
    )


_SaidRow = (
    messages.PageUpwardsRow | messages.PageDownwardsRow | messages.MessageRow | live.WindowRow
)


def said(
    conversation: WrappedRow,
    found: Sequence[_SaidRow],
    progress: Sequence[receipts.ProgressRow],
) -> str:
    """Return messages of one conversation, opened, with how far each has got, as JSON."""
    seal = seal_of(conversation)
    return json.dumps(
        [{**opened(seal, conversation.id, each), "state": _state(each, progress)} for each in found]
    )


def _state(message: _SaidRow, progress: Sequence[receipts.ProgressRow]) -> str:
    """Return the farthest that a message has got with the side that did not write it."""
    writer = message.on_behalf_of or message.sender_id
    for each in progress:
        if each.party_id != writer:
            reached = {
                "read": each.read_seq,
                "delivered": each.delivered_seq,
                "sent": each.sent_seq,
                "failed": each.failed_seq,
                "queued": each.queued_seq,
            }
            for state, seq in reached.items():
                if seq >= message.seq:
                    return state
    return "accepted"


def said_now(seal: Seal, message: messages.MessageRow) -> str:
    """Return one message, opened, as JSON."""
    return json.dumps(opened(seal, message.conversation_id, message))


def opened(seal: Seal, conversation_id: UUID, row: _SaidRow) -> dict[str, Any]:
    """Return a message, opened."""
    text = None
    if row.nonce is not None and row.ciphertext is not None:
        place = Place(conversation_id, row.seq, row.sender_id, row.version)
        text = seal.opened(place, row.nonce, row.ciphertext)
    return {
        "id": str(row.id),
        "seq": row.seq,
        "sender_id": str(row.sender_id),
        "on_behalf_of": _text(row.on_behalf_of),
        "text": text,
        "attachments": json.loads(row.attachments or "[]"),
        "flags": row.flags,
        "version": row.version,
        "sent_at": row.sent_at.isoformat(),
        "edited_at": row.edited_at.isoformat() if row.edited_at else None,
        "deleted_at": row.deleted_at.isoformat() if row.deleted_at else None,
    }


def _last_message(row: SeenRow) -> dict[str, Any] | None:
    if row.message_id is None or row.sender_id is None or row.sent_at is None:
        return None
    text = None
    if row.nonce is not None and row.ciphertext is not None:
        place = Place(row.id, row.last_seq, row.sender_id, row.version or 1)
        text = seal_of(row).opened(place, row.nonce, row.ciphertext)[:PREVIEW]
    return {
        "id": str(row.message_id),
        "seq": row.last_seq,
        "sender_id": str(row.sender_id),
        "text": text,
        "sent_at": row.sent_at.isoformat(),
    }


def _support(row: SeenRow) -> dict[str, Any] | None:
    if row.support_state is None or row.waiting_since is None:
        return None
    agent = {"id": str(row.agent_id), "name": row.agent_name} if row.agent_id else None
    return {
        "state": row.support_state,
        "agent": agent,
        "waiting_since": row.waiting_since.isoformat(),
        "answer_by": row.answer_by.isoformat() if row.answer_by else None,
    }


def _text(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)
