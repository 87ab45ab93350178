"""Every minute: hand over what was stored but did not reach the bus after its commit."""

from datetime import datetime, timedelta

from functions.platform._rules import relay
from shared import _queries as kernel
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
    waiting = [bus.Message(*row) for row in kernel.lock_unsent(db, before=now - GRACE, limit=BATCH)]
    held: set[str] = set()
    sent = 0
    for start in range(0, len(waiting), AT_ONCE):
        try:
            taken = relay.hand_over(waiting[start : start + AT_ONCE], held)
        except bus.BusError:
            if sent:
                # Keep what was marked; the next batch begins with what failed.
                return Batch(sent, more=True)
            raise UnavailableError("The bus does not accept messages.") from None
        kernel.mark_sent(db, ids=taken)
        sent += len(taken)
    return Batch(sent, more=len(waiting) == BATCH and sent > 0)
