"""Something was said, changed or taken back: show it to whoever listens."""

from functions.messaging._rules import live
from schemas.messaging import Stretch
from shared.db import Connection
from shared.triggers import task


@task(queue=live.QUEUE, attempts=live.ATTEMPTS)
def task_project_messages(task: Stretch, db: Connection) -> None:
    """Write the documents of these messages, as far as they are among the newest."""
    live.write(db, task)
