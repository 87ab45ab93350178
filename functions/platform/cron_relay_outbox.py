"""Every minute: hand over what was stored but did not reach the bus after its commit."""

from datetime import datetime, timedelta

from shared import _queries as kernel
from shared import log
from shared.answers import Batch
from shared.cloud import bus
from shared.db import Connection
from shared.errors import UnavailableError
from shared.triggers import cron

BATCH = 100
AT_ONCE = 10
"""Marked together: the transaction must not stand idle for longer than the server allows."""

GRACE = timedelta(seconds=10)
"""Younger rows are still being handed over by the request that stored them."""


@cron("* * * * *")
def cron_relay_outbox(db: Connection, now: datetime) -> Batch:
    """Send a batch, then mark it: what dies in between is sent again, and nothing is lost."""
    waiting = kernel.lock_unsent(db, before=now - GRACE, limit=BATCH)
    sent = 0
    while sent < len(waiting):
        messages = [bus.Message(*row) for row in waiting[sent : sent + AT_ONCE]]
        try:
            if not bus.send(messages):  # there is no bus
                break
        except Exception as error:
            if sent:
                # Keep what was marked; the next batch begins with what failed.
                return Batch(sent, more=True)
            log.write("WARNING", "the bus does not accept", error=type(error).__name__)
            message = "The bus does not accept messages."
            raise UnavailableError(message) from error
        kernel.mark_sent(db, ids=[message.id for message in messages])
        sent += len(messages)
    return Batch(sent, more=sent == BATCH)
