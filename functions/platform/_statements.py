"""Every SQL statement of platform; `python -m functions write` prints them into `_queries.py`."""

from shared.manifest.statements import (
    BIGINT,
    BOOL,
    BYTES,
    DATE,
    INSTANT,
    INT,
    TEXT,
    UUID_,
    UUIDS,
    Statement,
    done,
    one,
    rows,
    sql,
    value,
)
from shared.tables.types import may, must

ready = value(sql("SELECT 1 AS answer").columns(answer=INT), "Whether the database answers.")

# The change feed. A transaction that began early may commit late, so neither ids nor times tell
# what a reader has missed. Everything below the oldest transaction that still runs is finished:
# its changes are all there, and none will be added. What is at or above waits for a later call.
_HORIZON = "pg_snapshot_xmin(pg_current_snapshot())"

# Transaction ids start over when the data is restored elsewhere, and what followed is lost when a
# copy takes over: the cluster and its timeline say so, and nobody has to remember to.
_EPOCH = """(SELECT system_identifier::text FROM pg_control_system())
            || '.' || left(pg_walfile_name(pg_current_wal_lsn()), 8)"""

position = one(
    sql(f"SELECT {_HORIZON}::text AS horizon, {_EPOCH} AS epoch").columns(
        must("horizon", TEXT), must("epoch", TEXT)
    ),
    "Where the change feed ends now.",
)

# One index range for each audience, each bounded, however much the others hold.
changes_since = one(
    sql(
        f"""
        SELECT '[' || coalesce(string_agg(jsonb_build_object('entity', entity,
                'entity_id', entity_id, 'operation', operation, 'version', version)::text, ','
                ORDER BY transaction, id) FILTER (WHERE nth_last = 1), '') || ']' AS items,
            count(*)::integer AS found,
            (array_agg(transaction::text ORDER BY transaction DESC, id DESC))[1]
                AS last_transaction,
            (array_agg(id ORDER BY transaction DESC, id DESC))[1] AS last_id,
            (array_agg(changed_at ORDER BY transaction DESC, id DESC))[1] AS last_changed_at,
            {_HORIZON}::text AS horizon, {_EPOCH} AS epoch
        FROM (
            SELECT *, row_number() OVER (
                PARTITION BY entity, entity_id ORDER BY transaction DESC, id DESC) AS nth_last
            FROM (
                SELECT own.* FROM unnest(CAST(:audiences AS uuid[])) AS mine (audience)
                CROSS JOIN LATERAL (
                    SELECT c.* FROM platform.change AS c
                    WHERE c.audience = mine.audience
                        AND (c.transaction, c.id)
                            > (CAST(:after_transaction AS xid8), CAST(:after_id AS bigint))
                        AND c.transaction < {_HORIZON}
                    ORDER BY c.transaction, c.id LIMIT :limit) AS own
                ORDER BY own.transaction, own.id LIMIT :limit
            ) AS page
        ) AS numbered
        """,
        audiences=UUIDS,
        after_transaction=TEXT,
        after_id=BIGINT,
        limit=INT,
    ).columns(
        must("items", TEXT),
        must("found", INT),
        may("last_transaction", TEXT),
        may("last_id", BIGINT),
        may("last_changed_at", INSTANT),
        must("horizon", TEXT),
        must("epoch", TEXT),
    ),
    "Finished changes for some audiences in the order of transactions, the last of each entity.",
)

# Quotas

close_quotas = rows(
    sql(
        """
        WITH closed AS (
            DELETE FROM platform.quota_window AS w USING (
                SELECT subject_id, metric, period, starts_on FROM platform.quota_window
                WHERE ends_at <= :before ORDER BY ends_at, subject_id
                LIMIT :limit FOR UPDATE SKIP LOCKED) AS due
            WHERE (w.subject_id, w.metric, w.period, w.starts_on)
                = (due.subject_id, due.metric, due.period, due.starts_on)
            RETURNING w.*
        ), kept AS (
            INSERT INTO platform.quota_history AS h
                (subject_id, metric, period, starts_on, used, allowed)
            SELECT subject_id, metric, period, starts_on, used, allowed FROM closed
            ON CONFLICT (subject_id, metric, period, starts_on) DO UPDATE
            SET used = h.used + excluded.used, allowed = excluded.allowed
        )
        SELECT subject_id, metric, period, starts_on, used >= allowed AS used_up FROM closed
        """,
        before=INSTANT,
        limit=INT,
    ).columns(subject_id=UUID_, metric=TEXT, period=TEXT, starts_on=DATE, used_up=BOOL),
    "Put windows that are over into the history.",
)

# Purges


def _turn(work: str, summary: str) -> Statement:
    lock = f"pg_try_advisory_xact_lock(hashtextextended('platform.{work}', 0))"
    return value(sql(f"SELECT {lock} AS mine").columns(mine=BOOL), summary)


take_purge = _turn(
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
purge_idempotency_keys = _purge(
    "idempotency_key", "actor, operation, key", "created_at", "Forget old idempotency keys."
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

# The audit log

take_audit_walk = _turn("audit", "Whether this transaction is the one that walks the audit log.")
audit_chains = rows(
    sql(
        """
        SELECT chain, coalesce(p.seen, 0) AS seen, coalesce(p.seen_hash, '') AS seen_hash,
            p.lap_at, coalesce(p.walked, 0) AS walked, coalesce(p.walked_hash, '') AS walked_hash,
            p.reported_at
        FROM (SELECT chain FROM platform.audit_chain
            UNION SELECT chain FROM platform.audit_checkpoint) AS known
        LEFT JOIN platform.audit_checkpoint AS p USING (chain) ORDER BY chain LIMIT 100
        """
    ).columns(
        must("chain", TEXT),
        must("seen", BIGINT),
        must("seen_hash", BYTES),
        may("lap_at", INSTANT),
        must("walked", BIGINT),
        must("walked_hash", BYTES),
        may("reported_at", INSTANT),
    ),
    "The chains of the audit log, and how far each was verified; a service has one.",
)

# One statement, so that the end of the chain and its head are of the same moment.
audit_stretch = one(
    sql(
        """
        SELECT count(*) AS found, max(seq) AS last_seq,
            (array_agg(hash ORDER BY seq DESC))[1] AS last_hash,
            min(seq) FILTER (WHERE NOT (intact AND seq = due AND previous = due_previous))
                AS broken,
            (SELECT entries FROM platform.audit_chain WHERE chain = :chain) AS head_seq,
            (SELECT hash FROM platform.audit_chain WHERE chain = :chain) AS head_hash,
            (SELECT hash FROM platform.audit_entry WHERE chain = :chain AND seq = :seen)
                AS seen_hash
        FROM (
            SELECT seq, hash, previous, intact, lag(seq, 1, :walked) OVER (ORDER BY seq) + 1 AS due,
                lag(hash, 1, :walked_hash) OVER (ORDER BY seq) AS due_previous
            FROM (
                SELECT e.seq, e.hash, e.previous, platform.audit_hash(e) = e.hash AS intact
                FROM platform.audit_entry AS e WHERE e.chain = :chain AND e.seq > :walked
                ORDER BY e.seq LIMIT :limit) AS stretch
        ) AS walk
        """,
        chain=TEXT,
        walked=BIGINT,
        walked_hash=BYTES,
        seen=BIGINT,
        limit=INT,
    ).columns(
        must("found", INT),
        may("last_seq", BIGINT),
        may("last_hash", BYTES),
        may("broken", BIGINT),
        may("head_seq", BIGINT),
        may("head_hash", BYTES),
        may("seen_hash", BYTES),
    ),
    "The next entries of a chain, judged: the first that does not follow from the one before it.",
)

put_audit_checkpoint = done(
    sql(
        """
        INSERT INTO platform.audit_checkpoint
            (chain, seen, seen_hash, lap_at, walked, walked_hash, reported_at)
        VALUES (:chain, :seen, :seen_hash, :lap_at, :walked, :walked_hash, :reported_at)
        ON CONFLICT (chain) DO UPDATE SET seen = excluded.seen, seen_hash = excluded.seen_hash,
            lap_at = excluded.lap_at, walked = excluded.walked,
            walked_hash = excluded.walked_hash, reported_at = excluded.reported_at
        """,
        chain=TEXT,
        seen=BIGINT,
        seen_hash=BYTES,
        lap_at=INSTANT,
        walked=BIGINT,
        walked_hash=BYTES,
        reported_at=INSTANT,
    ),
    "Note how far a chain was verified.",
    optional="reported_at",
)
