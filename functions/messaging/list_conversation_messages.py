"""GET /api/v1/conversations/{conversation_id}/messages"""

from uuid import UUID

from functions.messaging._queries import conversations, messages, receipts
from functions.messaging._rules import reading
from schemas.messaging import Message, MessageQuery
from shared import cursors, pages
from shared.answers import Page
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import get

BEYOND = 2**53


@get("/api/v1/conversations/{conversation_id}/messages", roles=ANY)
def list_conversation_messages(
    conversation_id: UUID, query: MessageQuery, actor: Actor, db: Connection
) -> Page[Message]:
    """Read what was said, by number: the newest first, or upwards from what one has.

    A device that misses numbers asks for those between `after` and `before`.
    """
    conversation = conversations.conversation_key(db, id=conversation_id)
    if conversation is None:
        raise reading.missing()
    scope = pages.scope_of("list_conversation_messages", query, conversation_id, actor.user_id)
    after, before = query.after or 0, query.before or BEYOND
    upwards = query.after is not None
    if query.cursor:
        (seq,) = map(int, cursors.decode(scope, query.cursor))
        after, before = (seq, before) if upwards else (after, seq)
    page = messages.page_upwards if upwards else messages.page_downwards
    found = page(db, conversation_id=conversation_id, after=after, before=before, limit=query.limit)
    shown = found[: query.limit]
    more = len(found) > query.limit
    cursor = cursors.encode(scope, [shown[-1].seq]) if more else None
    progress = receipts.progress(db, conversation_id=conversation_id)
    return Page(reading.said(conversation, shown, progress), cursor, query.limit)
