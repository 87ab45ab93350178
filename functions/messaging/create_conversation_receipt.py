"""POST /api/v1/conversations/{conversation_id}/receipts"""

from uuid import UUID

from functions.messaging._queries import receipts
from functions.messaging._rules import live, reading
from schemas.events.messaging import ConversationRead
from schemas.messaging import Receipt, ReceivedSoFar
from shared import outbox
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import per_minute, post


@post(
    "/api/v1/conversations/{conversation_id}/receipts",
    roles=ANY,
    status=201,
    limit=per_minute(120),
    offline=True,
)
def create_conversation_receipt(
    conversation_id: UUID, body: Receipt, actor: Actor, db: Connection
) -> ReceivedSoFar:
    """Say how far one has got: what has reached the device, and what was read.

    Pointers only move forward, to the last message at most: receipts may come late, twice and in
    any order.
    """
    who = {"conversation_id": conversation_id, "user_id": actor.user_id}
    side = receipts.lock_party(db, id=conversation_id, mine=reading.mine(actor))
    if side is None:
        raise reading.missing()
    moved = receipts.move_pointer(
        db,
        party_id=side.party_id,
        delivered_seq=body.delivered_seq or 0,
        read_seq=body.read_seq or 0,
        **who,
    )
    if moved is not None and moved.delivered_seq:
        outbox.publish(
            db,
            ConversationRead(
                conversation_id=conversation_id,
                user_id=actor.user_id,
                party_id=side.party_id,
                delivered_seq=moved.delivered_seq,
                read_seq=moved.read_seq,
            ),
        )
        live.changed(db, conversation_id)
    reached = receipts.reached(db, **who)
    if reached is None:
        raise reading.missing()
    return ReceivedSoFar(**reached._asdict())
