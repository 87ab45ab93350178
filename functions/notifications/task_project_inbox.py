"""A second after somebody's notifications changed: show him his badge and the newest of them."""

from functions.notifications import _rules as rules
from schemas.platform import Turn
from shared import projections
from shared.db import Connection
from shared.triggers import task


@task(queue=projections.QUEUE, attempts=projections.ATTEMPTS)
def task_project_inbox(task: Turn, db: Connection) -> None:
    """Write his document as his inbox is now; delete it when he is forgotten."""
    projections.write(db, rules.INBOX, task, rules.inbox)
