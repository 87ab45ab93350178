"""Every hour: delete the files whose time is over."""

from datetime import datetime

from functions.messaging._queries import attachments
from functions.messaging._rules import attaching
from shared.answers import Batch
from shared.cloud import storage
from shared.db import Connection
from shared.settings import settings
from shared.triggers import cron

BATCH = 20


@cron("23 * * * *")
def cron_purge_attachments(db: Connection, now: datetime) -> Batch:
    """Delete a batch, the objects first: a row that is left finds them again."""
    due = attachments.lock_due(db, now=now, limit=BATCH)
    for each in due:
        name = attaching.name_of(each.conversation_id, each.id)
        storage.delete(settings().attachment_bucket, name)
    attachments.delete_attachments(db, ids=[each.id for each in due])
    return Batch(len(due), more=len(due) == BATCH)
