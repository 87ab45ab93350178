"""Something was said to somebody: show on his installs that it was."""

from datetime import datetime

from functions.messaging._rules import delivering
from schemas.messaging import Delivery
from shared.db import Connection
from shared.triggers import task


@task(queue=delivering.QUEUE, attempts=delivering.ATTEMPTS)
def task_deliver_message(task: Delivery, db: Connection, now: datetime) -> None:
    """Push all that he has not got, as one, unless it has reached him meanwhile.

    Installs that are to wait have another task. Where all are, this one fails and is tried again.
    """
    delivering.push_to(db, task, now)
