"""When the audit log is whole."""

from datetime import datetime

from functions.platform._queries import audit
from schemas.events.platform import AuditChainBroken
from shared import log, outbox
from shared.db import Connection


def walk(db: Connection, chain: audit.AuditChainsRow, now: datetime, batch: int) -> int:
    """Verify the next `batch` entries of a chain; return how many there were.

    Whoever can write the tables can compute hashes: a chain shows that it was rewritten only to
    those who know what it was. So each is held against its head, against the newest entry that an
    earlier run has seen and, by whoever reads the logs, against the lines that it leaves there.
    """
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    anew = chain.lap_at is None or chain.lap_at < today
    start, start_hash = (0, bytes(32)) if anew else (chain.walked, chain.walked_hash)
    found = audit.audit_stretch(
        db, chain=chain.chain, walked=start, walked_hash=start_hash, seen=chain.seen, limit=batch
    )
    end, end_hash = found.last_seq or start, found.last_hash or start_hash
    arrived = found.found < batch
    wrong = [] if found.broken is None else [found.broken]
    if chain.seen and found.seen_hash != chain.seen_hash:
        wrong.append(chain.seen)
    if arrived and (end, end_hash) != (found.head_seq, found.head_hash):
        wrong.append(end + 1)
    broken = min(wrong, default=None)
    report = broken is not None and (chain.reported_at is None or chain.reported_at < today)
    if broken is not None:
        log.write("ERROR", "the audit log is broken", chain=chain.chain, seq=broken)
        if report:
            outbox.publish(db, AuditChainBroken(chain=chain.chain, seq=broken))
    elif arrived and found.found:
        # Where nobody who can write the database can: the anchor of all that came before.
        log.write("INFO", "audit verified", chain=chain.chain, seq=end, hash=end_hash.hex())
    if anew or found.found or report:
        further = broken is None and end > chain.seen
        audit.put_audit_checkpoint(
            db,
            chain=chain.chain,
            seen=end if further else chain.seen,
            seen_hash=end_hash if further else chain.seen_hash,
            lap_at=today if anew else chain.lap_at or today,
            walked=end,
            walked_hash=end_hash,
            reported_at=today if report else chain.reported_at,
        )
    return found.found
