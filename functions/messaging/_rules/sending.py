"""How a message is taken: once, as the next of its conversation, from whom may send it now."""

import hmac
import json
from datetime import datetime
from typing import cast, get_args
from uuid import UUID

from functions.messaging._queries import attachments, conversations, messages
from functions.messaging._rules import live, reading, signals, supporting
from functions.messaging._rules.sealing import Place, seal_of
from schemas.events.messaging import MessageSent
from schemas.messaging import Flag, NewMessage, SentMessage
from shared import outbox, quotas
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.errors import ConflictError, InvalidError
from shared.policies.conversations import (
    Relation,
    Sending,
    may_answer,
    may_pass,
    may_reach,
    may_write,
)

_UUID_VERSION = 7

_Sent = messages.SentMessageRow | messages.InsertMessageRow


def require_own_id(given: UUID) -> None:
    """Demand that an id made by a client sorts by time, as ours do."""
    if given.version != _UUID_VERSION:
        raise InvalidError("Make the id as a UUID of version 7.", field="id")


def require_content(body: NewMessage) -> None:
    """Demand words or files, each file once."""
    if not body.text and not body.attachments:
        raise InvalidError("Say something.", field="text")
    if len(set(body.attachments)) < len(body.attachments):
        raise InvalidError("Name each attachment once.", field="attachments")


def lock(db: Connection, actor: Actor, conversation_id: UUID) -> conversations.LockConversationRow:
    """Return a conversation of the caller's, in which nobody else says anything meanwhile."""
    found = conversations.lock_conversation(db, id=conversation_id, mine=reading.mine(actor))
    if found is None:
        raise reading.missing()
    return found


def require_may_send(
    db: Connection, actor: Actor, conversation: conversations.LockConversationRow
) -> None:
    """Demand that the caller may say something in this conversation as things are now."""
    you, other = _sides(actor, conversation)
    is_first = you == conversation.first_id
    sending = Sending(
        as_business=you != actor.user_id,
        to_business=conversation.kind == "business" or is_first,
        reachable=conversation.second_is_there if is_first else conversation.first_is_there,
        relation=cast("Relation", conversation.relation),
        plan=conversation.plan or "free",
        answers=conversation.opened_by == other,
        case=supporting.case_of(db, conversation) if conversation.kind == "support" else None,
    )
    for rule in (may_reach, may_pass, may_write, may_answer):
        authorize(rule, actor, sending)


def send(
    db: Connection,
    actor: Actor,
    conversation: conversations.LockConversationRow,
    body: NewMessage,
    now: datetime,
) -> SentMessage:
    """Store a message as the next of its locked conversation; one that is there is answered again.

    What was taken once stays taken: whether the caller may still send is not asked of a retry.
    """
    seal = seal_of(conversation)
    digest = seal.digest(body.text, body.attachments)
    known = messages.sent_message(db, id=body.id)
    if known is not None:
        same = known.conversation_id == conversation.id and known.sender_id == actor.user_id
        if not (same and known.digest and hmac.compare_digest(known.digest, digest)):
            raise _taken()
        return _answer(body.id, known)
    require_may_send(db, actor, conversation)
    you, _ = _sides(actor, conversation)
    business_id = None if you == actor.user_id else you
    if business_id is not None:
        _take_quota(db, business_id, now)
    seq = conversation.last_seq + 1
    nonce, ciphertext = seal.sealed(Place(conversation.id, seq, actor.user_id, 1), body.text)
    sent = messages.insert_message(
        db,
        id=body.id,
        conversation_id=conversation.id,
        seq=seq,
        sender_id=actor.user_id,
        on_behalf_of=business_id,
        party_id=you,
        nonce=nonce,
        ciphertext=ciphertext,
        digest=digest,
        flags=signals.flags_of(body.text),
        # Requests overtake each other on their way to the lock; times go with the numbers.
        now=max(now, conversation.last_message_at),
    )
    if sent is None:
        raise _taken()
    _attach(db, actor, conversation.id, body)
    outbox.publish(
        db,
        MessageSent(
            conversation_id=conversation.id,
            message_id=body.id,
            seq=sent.seq,
            sender_id=actor.user_id,
            on_behalf_of=business_id,
            sent_at=sent.sent_at,
        ),
    )
    live.show(db, conversation.id, sent.seq)
    live.changed(db, conversation.id)
    if conversation.kind == "support":
        supporting.spoken(db, conversation, now, by_business=business_id is not None)
    return _answer(body.id, sent)


def _sides(actor: Actor, conversation: conversations.LockConversationRow) -> tuple[UUID, UUID]:
    """Return in whose name the caller takes part, and with whom."""
    first, second = conversation.first_id, conversation.second_id
    return (first, second) if first in reading.mine(actor) else (second, first)


def _attach(db: Connection, actor: Actor, conversation_id: UUID, body: NewMessage) -> None:
    if not body.attachments:
        return
    count = attachments.send_attachments(
        db,
        ids=body.attachments,
        message_id=body.id,
        conversation_id=conversation_id,
        uploader_id=actor.user_id,
    )
    if count < len(body.attachments):
        raise InvalidError(
            "Name attachments of yours that were stored for this conversation.",
            code="UNKNOWN_ATTACHMENT",
            field="attachments",
        )


def _take_quota(db: Connection, business_id: UUID, now: datetime) -> None:
    taken = messages.take_quota(
        db,
        business_id=business_id,
        per_day=json.dumps(quotas.MESSAGES.per_day),
        per_month=json.dumps(quotas.MESSAGES.per_month),
        now=now,
    )
    quotas.demand(db, quotas.MESSAGES, taken, now)


def _taken() -> ConflictError:
    # Of another message of his own and of somebody else's the same is said.
    return ConflictError("There is a message with this id.", code="MESSAGE_EXISTS", field="id")


def _answer(message_id: UUID, sent: _Sent) -> SentMessage:
    return SentMessage(
        id=message_id,
        conversation_id=sent.conversation_id,
        seq=sent.seq,
        flags=[flag for flag in get_args(Flag) if flag in sent.flags],
        version=sent.version,
        sent_at=sent.sent_at,
    )
