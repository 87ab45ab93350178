"""The kernel's SQL: outbox, inbox, failed tasks. Keys and limits are functions of the database."""

from sqlalchemy import bindparam, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.manifest.statements import (
    BIGINT,
    BOOL,
    INSTANT,
    INT,
    TEXT,
    UUID_,
    UUIDS,
    done,
    maybe,
    rows,
    sql,
    value,
)
from shared.tables.platform import failed_task, inbox
from shared.tables.types import may, must

mark_sent = done(
    sql(
        "UPDATE platform.outbox SET sent_at = clock_timestamp() "
        "WHERE id = ANY(:ids) AND sent_at IS NULL",
        ids=UUIDS,
    ),
    "Mark what the bus has accepted.",
)

# SKIP LOCKED alone would let two relays take turns within one ordering key: the one that holds the
# earlier row may send it after the other has sent a later one. So one relay works at a time, and
# its turn ends with its transaction, however that ends. A relay whose snapshot is older than the
# end of the turn before its own reads rows that were sent meanwhile: locking them looks again, and
# drops them.
lock_unsent = rows(
    sql(
        """
        WITH turn AS MATERIALIZED (
            SELECT pg_try_advisory_xact_lock(hashtextextended('platform.outbox', 0)) AS mine)
        SELECT id, kind, topic, type, ordering_key, due_at, body, traceparent FROM platform.outbox
        WHERE (SELECT mine FROM turn) AND sent_at IS NULL AND created_at < :before
        ORDER BY seq LIMIT :limit FOR UPDATE SKIP LOCKED
        """,
        before=INSTANT,
        limit=INT,
    ).columns(
        must("id", UUID_),
        must("kind", TEXT),
        must("topic", TEXT),
        must("type", TEXT),
        may("ordering_key", TEXT),
        may("due_at", INSTANT),
        must("body", TEXT),
        may("traceparent", TEXT),
    ),
    "The oldest rows that the bus has not got yet, locked; none while another relay works.",
)

claim_event = done(
    upsert(inbox)
    .values(handler=bindparam("handler"), event_id=bindparam("event_id"))
    .on_conflict_do_nothing(),
    "Note that a handler takes an event; 0 when it already has.",
)

take_run = value(
    sql("SELECT platform.take_run(:job, :run) AS to_do", job=TEXT, run=UUID_).columns(
        must("to_do", BOOL)
    ),
    "Wait for whoever is at work on a run of a job; tell whether it is still to be done.",
)

keep_failed_task = done(
    insert(failed_task).values(
        id=bindparam("id"),
        queue=bindparam("queue"),
        function=bindparam("function"),
        body=bindparam("body"),
        error=bindparam("error"),
        attempts=bindparam("attempts"),
    ),
    "Keep a task whose last attempt failed, for an operator to replay.",
)

projection_of = maybe(
    sql(
        "SELECT document, version FROM platform.projection_of(:task, :key, :turn)",
        task=TEXT,
        key=TEXT,
        turn=UUID_,
    ).columns(document=TEXT, version=BIGINT),
    "The document that a task is to write, and its version; None when it is another task's turn.",
)
