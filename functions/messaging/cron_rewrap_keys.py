"""Every hour: wrap by the newest key of the ring what an older one wraps."""

from functions.messaging._queries import upkeep
from functions.messaging._rules import sealing
from shared import keyring
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron

BATCH = 500


@cron("17 * * * *")
def cron_rewrap_keys(db: Connection) -> Batch:
    """Wrap a batch anew; the messages stay as they are, and are read meanwhile.

    When nothing is left that an older key wraps, its line may be taken out of the ring.
    """
    older = keyring.older()
    found = upkeep.lock_wrapped(db, key_ids=older, limit=BATCH) if older else []
    if found:
        anew = [sealing.rewrapped(each) for each in found]
        upkeep.put_wrapped(
            db,
            ids=[each.id for each in found],
            key_ids=[key_id for key_id, _ in anew],
            wrapped=[wrapped.hex() for _, wrapped in anew],
        )
    return Batch(len(found), more=len(found) == BATCH)
