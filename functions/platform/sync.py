"""POST /api/v1/sync"""

from functions.platform._queries import offline
from functions.platform._rules import offline as rules
from schemas.platform import Outbox, OutboxResults
from shared.auth import Actor
from shared.db import Connection
from shared.entry import Token
from shared.roles import ANY
from shared.triggers import per_hour, post


@post("/api/v1/sync", roles=ANY, limit=per_hour(120))
def sync(body: Outbox, actor: Actor, token: Token, db: Connection) -> OutboxResults:
    """Do what a device did while it was offline, in its order, and say what became of each.

    Each operation is done as if it had been sent singly, under a key made from its `id`: sent again
    within 30 days it is not done again, and answered alike. What is refused does not hold up the
    others, only what depends on it. What cannot be decided now holds up all that comes after it:
    send the `waiting` ones again after `retry_after` seconds.
    """
    rules.require_sound(body.operations)
    keys = rules.keys_of(body.operations)
    done = offline.answers_of(
        db, actor=actor.uid, operations=[*rules.operations()], keys=keys, limit=len(keys)
    )
    work = rules.Work(actor, token, {each.key: each for each in done})
    return work.through(body.operations)
