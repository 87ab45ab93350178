"""What has served its purpose."""

from functions.platform._statements._fragments import turn
from shared.manifest.statements import INSTANT, INT, Statement, done, sql

take_purge = turn(
    "purge",
    "Whether this transaction is the one that purges: two would wait for each other's rows.",
)


def _purge(table: str, key: str, column: str, summary: str) -> Statement:
    # The condition stands twice: a row that was used again while this waited for it is kept.
    return done(
        sql(
            f"""
            DELETE FROM platform.{table} WHERE ({key}) IN (
                SELECT {key} FROM platform.{table} WHERE {column} < :before
                ORDER BY {column} LIMIT :limit)
            AND {column} < :before
            """,
            before=INSTANT,
            limit=INT,
        ),
        summary,
    )


purge_outbox = _purge("outbox", "id", "sent_at", "Drop what the bus accepted long ago.")

purge_inbox = _purge(
    "inbox", "handler, event_id", "handled_at", "Forget what was handled too long ago to come back."
)

# Younger ones only: those of outboxes stay, and would be looked at again every hour.
purge_idempotency_keys = done(
    sql(
        """
        DELETE FROM platform.idempotency_key WHERE (actor, operation, key) IN (
            SELECT actor, operation, key FROM platform.idempotency_key
            WHERE created_at >= :since AND created_at < :before AND NOT starts_with(key, 'sync:')
            ORDER BY created_at LIMIT :limit)
        """,
        since=INSTANT,
        before=INSTANT,
        limit=INT,
    ),
    "Forget idempotency keys, but not those of outboxes.",
)

purge_offline_keys = _purge(
    "idempotency_key", "actor, operation, key", "created_at", "Forget the keys of old outboxes."
)

purge_quota_history = _purge(
    "quota_history",
    "subject_id, metric, period, starts_on",
    "closed_at",
    "Forget how much was used long ago.",
)

purge_changes = _purge(
    "change", "id", "changed_at", "Drop changes that no cursor may still continue from."
)

purge_rate_limits = _purge(
    "rate_limit", "key", "full_at", "Drop buckets that are full again, like those that never were."
)
