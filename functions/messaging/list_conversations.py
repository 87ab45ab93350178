"""GET /api/v1/conversations"""

import json

from functions.messaging._queries import conversations
from functions.messaging._rules import reading
from schemas.messaging import ConversationCard
from schemas.shape import PageQuery
from shared import cursors, pages
from shared.answers import Page
from shared.auth import Actor
from shared.db import Connection
from shared.roles import ANY
from shared.triggers import get


@get("/api/v1/conversations", roles=ANY)
def list_conversations(query: PageQuery, actor: Actor, db: Connection) -> Page[ConversationCard]:
    """Browse the conversations of oneself and of one's businesses, by the newest message."""
    scope = pages.scope_of("list_conversations", query, actor.user_id)
    after_key, after_id = pages.after(scope, query, pages.NEWEST)
    found = conversations.page_of_conversations(
        db,
        mine=reading.mine(actor),
        user_id=actor.user_id,
        after_key=after_key,
        after_id=after_id,
        limit=query.limit,
    )
    shown = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        last = shown[-1]
        cursor = cursors.encode(scope, [last.last_message_at.isoformat(), str(last.id)])
    return Page(json.dumps([reading.card(each, actor) for each in shown]), cursor, query.limit)
