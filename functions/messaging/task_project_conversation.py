"""A second after a conversation changed: show who may listen, and how far it has got."""

from functions.messaging._rules import live
from schemas.platform import Turn
from shared import projections
from shared.db import Connection
from shared.triggers import task


@task(queue=projections.QUEUE, attempts=projections.ATTEMPTS)
def task_project_conversation(task: Turn, db: Connection) -> None:
    """Write its document as it is now."""
    projections.write(db, live.CONVERSATIONS, task, live.conversation)
