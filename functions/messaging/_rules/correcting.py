"""How a message is changed or taken back by who wrote it."""

from datetime import datetime, timedelta
from uuid import UUID

from functions.messaging._queries import conversations, messages
from functions.messaging._rules import live, reading, sending, signals
from functions.messaging._rules.sealing import Place, seal_of
from schemas.events.messaging import MessageEdited
from schemas.messaging import EditedMessage
from shared import outbox
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.errors import ConflictError, NotFoundError
from shared.policies.conversations import may_change

EDIT_WINDOW = timedelta(minutes=15)


def own(
    db: Connection, actor: Actor, message_id: UUID
) -> tuple[conversations.LockConversationRow, messages.MessageRow]:
    """Return a message that the caller wrote, and its conversation, which is locked."""
    found = _found(db, message_id)
    authorize(may_change, actor, found)
    conversation = sending.lock(db, actor, found.conversation_id)
    return conversation, _found(db, message_id)  # as it is now that nobody else changes it


def edit(
    db: Connection, actor: Actor, message_id: UUID, text: str, version: int, now: datetime
) -> EditedMessage:
    """Have a message of the caller's say something else, within the time for that."""
    conversation, message = own(db, actor, message_id)
    sending.require_may_send(db, actor, conversation)
    if message.deleted_at is not None:
        raise ConflictError("This message was taken back.", code="MESSAGE_DELETED")
    if now > message.sent_at + EDIT_WINDOW:
        raise ConflictError(
            "A message is changed within 15 minutes after it was sent.", code="EDIT_WINDOW_OVER"
        )
    seal = seal_of(conversation)
    place = Place(conversation.id, message.seq, actor.user_id, version + 1)
    nonce, ciphertext = seal.sealed(place, text)
    saved = messages.save_message(
        db,
        id=message.id,
        version=version,
        nonce=nonce,
        ciphertext=ciphertext,
        flags=signals.flags_of(text),
        now=now,
    )
    if saved is None:
        raise ConflictError(
            "This message has changed since you read it.",
            code="VERSION_CONFLICT",
            current=reading.said_now(seal, message),
        )
    outbox.publish(
        db,
        MessageEdited(
            conversation_id=saved.conversation_id,
            message_id=message.id,
            seq=saved.seq,
            version=saved.version,
            edited_at=saved.edited_at,
        ),
    )
    live.show(db, saved.conversation_id, saved.seq)
    return EditedMessage(id=message.id, **saved._asdict())


def _found(db: Connection, message_id: UUID) -> messages.MessageRow:
    found = messages.message(db, id=message_id)
    if found is None:
        raise NotFoundError("There is no such message.", code="MESSAGE_NOT_FOUND")
    return found
