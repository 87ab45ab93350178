"""The audit log, as the job that verifies it walks it."""

from functions.platform._statements._fragments import turn
from shared.manifest.statements import BIGINT, BYTES, INSTANT, INT, TEXT, done, one, rows, sql
from shared.tables.types import may, must

take_audit_walk = turn("audit", "Whether this transaction is the one that walks the audit log.")

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
