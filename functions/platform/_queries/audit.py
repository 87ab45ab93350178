"""Printed from _statements/audit.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple

from shared.db import Connection


_TAKE_AUDIT_WALK = """
SELECT pg_try_advisory_xact_lock(hashtextextended('platform.audit', 0)) AS mine
"""


def take_audit_walk(db: Connection) -> bool | None:
    """Whether this transaction is the one that walks the audit log."""
    result: bool | None = db.value(_TAKE_AUDIT_WALK)
    return result


_AUDIT_CHAINS = """
SELECT chain, coalesce(p.seen, 0) AS seen, coalesce(p.seen_hash, '') AS seen_hash,
    p.lap_at, coalesce(p.walked, 0) AS walked, coalesce(p.walked_hash, '') AS walked_hash,
    p.reported_at
FROM (SELECT chain FROM platform.audit_chain
    UNION SELECT chain FROM platform.audit_checkpoint) AS known
LEFT JOIN platform.audit_checkpoint AS p USING (chain) ORDER BY chain LIMIT 100
"""


class AuditChainsRow(NamedTuple):
    """What `audit_chains` returns."""

    chain: str
    seen: int
    seen_hash: bytes
    lap_at: datetime | None
    walked: int
    walked_hash: bytes
    reported_at: datetime | None


def audit_chains(db: Connection) -> list[AuditChainsRow]:
    """The chains of the audit log, and how far each was verified; a service has one."""
    return db.rows(AuditChainsRow, _AUDIT_CHAINS)


_AUDIT_STRETCH = """
SELECT count(*) AS found, max(seq) AS last_seq,
    (array_agg(hash ORDER BY seq DESC))[1] AS last_hash,
    min(seq) FILTER (WHERE NOT (intact AND seq = due AND previous = due_previous))
        AS broken,
    (SELECT entries FROM platform.audit_chain WHERE chain = $1::VARCHAR) AS head_seq,
    (SELECT hash FROM platform.audit_chain WHERE chain = $1::VARCHAR) AS head_hash,
    (SELECT hash FROM platform.audit_entry WHERE chain = $1::VARCHAR AND seq = $2::BIGINT)
        AS seen_hash
FROM (
    SELECT seq, hash, previous, intact, lag(seq, 1, $3::BIGINT) OVER (ORDER BY seq) + 1 AS due,
        lag(hash, 1, $4::BYTEA) OVER (ORDER BY seq) AS due_previous
    FROM (
        SELECT e.seq, e.hash, e.previous, platform.audit_hash(e) = e.hash AS intact
        FROM platform.audit_entry AS e WHERE e.chain = $1::VARCHAR AND e.seq > $3::BIGINT
        ORDER BY e.seq LIMIT $5::INTEGER) AS stretch
) AS walk
"""


class AuditStretchRow(NamedTuple):
    """What `audit_stretch` returns."""

    found: int
    last_seq: int | None
    last_hash: bytes | None
    broken: int | None
    head_seq: int | None
    head_hash: bytes | None
    seen_hash: bytes | None


def audit_stretch(db: Connection, *, chain: str, seen: int, walked: int, walked_hash: bytes, limit: int) -> AuditStretchRow:
    """The next entries of a chain, judged: the first that does not follow from the one before it."""
    return db.one(AuditStretchRow, _AUDIT_STRETCH, chain, seen, walked, walked_hash, limit)


_PUT_AUDIT_CHECKPOINT = """
INSERT INTO platform.audit_checkpoint
    (chain, seen, seen_hash, lap_at, walked, walked_hash, reported_at)
VALUES ($1::VARCHAR, $2::BIGINT, $3::BYTEA, $4::TIMESTAMP WITH TIME ZONE, $5::BIGINT, $6::BYTEA, $7::TIMESTAMP WITH TIME ZONE)
ON CONFLICT (chain) DO UPDATE SET seen = excluded.seen, seen_hash = excluded.seen_hash,
    lap_at = excluded.lap_at, walked = excluded.walked,
    walked_hash = excluded.walked_hash, reported_at = excluded.reported_at
"""


def put_audit_checkpoint(db: Connection, *, chain: str, seen: int, seen_hash: bytes, lap_at: datetime, walked: int, walked_hash: bytes, reported_at: datetime | None) -> int:
    """Note how far a chain was verified."""
    return db.done(_PUT_AUDIT_CHECKPOINT, chain, seen, seen_hash, lap_at, walked, walked_hash, reported_at)
