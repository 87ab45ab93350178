"""How two parties come to have one conversation."""

from datetime import datetime
from uuid import UUID

from functions.messaging._queries import conversations
from functions.messaging._rules import live, sealing, sending, supporting
from schemas.messaging import NewConversation
from shared.auth import Actor
from shared.db import Connection
from shared.errors import ConflictError, InvalidError, NotFoundError
from shared.ids import new_id


def wanted(db: Connection, actor: Actor, body: NewConversation, now: datetime) -> UUID:
    """Return the conversation that somebody asks for, which is opened unless there is one."""
    if body.kind == "support":
        return _for_support(db, actor, body, now)
    if body.skill or body.language:
        raise InvalidError("Only support is given by an agent of a kind.", field="kind")
    return opened(db, actor, body.business_id, body.on_behalf_of, now)


def opened(
    db: Connection, actor: Actor, business_id: UUID, on_behalf_of: UUID | None, now: datetime
) -> UUID:
    """Return the conversation with a business, which is opened unless there is one."""
    kind, first, second = "customer", actor.user_id, business_id
    if on_behalf_of is not None:
        kind, (first, second) = "business", sorted((on_behalf_of, business_id))
    _require_business(db, business_id)
    found, _ = _made_or_found(db, kind, (first, second), on_behalf_of or actor.user_id, now)
    return found


def of_connection(db: Connection, actor: Actor, connection_id: UUID, now: datetime) -> UUID:
    """Return the conversation of two businesses that are connected, which is opened if need be.

    What is declined, expired or withdrawn is told like what waits: whoever asked learns no more
    from here than from the connection itself.
    """
    found = conversations.connection(db, id=connection_id)
    if found is None:
        raise NotFoundError("There is no such connection.", code="CONNECTION_NOT_FOUND")
    if found.state != "accepted":
        raise ConflictError("You write to each other once you are connected.", code="NOT_CONNECTED")
    ends = (found.requester_id, found.receiver_id)
    you, other = ends if found.requester_id in actor.businesses else reversed(ends)
    return opened(db, actor, other, you, now)


def _for_support(db: Connection, actor: Actor, body: NewConversation, now: datetime) -> UUID:
    if body.on_behalf_of is not None:
        raise InvalidError("Ask for support in your own name.", field="on_behalf_of")
    _require_business(db, body.business_id)
    parties = (actor.user_id, body.business_id)
    found, made = _made_or_found(db, "support", parties, actor.user_id, now)
    if made:
        supporting.begin(db, actor, found, body, now)
    else:
        conversation = sending.lock(db, actor, found)
        case = supporting.case_of(db, conversation)
        supporting.reopen(db, case, now, skill=body.skill, language=body.language)
    return found


def _require_business(db: Connection, business_id: UUID) -> None:
    if not conversations.is_business(db, id=business_id):
        raise NotFoundError("There is no such business.", code="BUSINESS_NOT_FOUND")


def _made_or_found(
    db: Connection, kind: str, parties: tuple[UUID, UUID], opened_by: UUID, now: datetime
) -> tuple[UUID, bool]:
    """Return the conversation of two parties, and whether it is new."""
    first, second = parties
    conversation_id = new_id()
    key_id, wrapped = sealing.new_key(conversation_id)
    made = conversations.open_conversation(
        db,
        id=conversation_id,
        opened_by=opened_by,
        kind=kind,
        first_id=first,
        second_id=second,
        now=now,
        key_id=key_id,
        wrapped_key=wrapped,
    )
    if made is not None:
        live.changed(db, made)
        return made, True
    found = conversations.conversation_of(db, kind=kind, first_id=first, second_id=second)
    assert found is not None  # noqa: S101  # what stood in the way is seen by whom it is of
    return found, False
