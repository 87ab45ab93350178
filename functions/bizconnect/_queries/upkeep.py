"""Printed from _statements/upkeep.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_EXPIRE_DUE = """
WITH due AS (
    SELECT id FROM bizconnect.connection
    WHERE state IN ('pending', 'declined') AND expires_at <= $1::TIMESTAMP WITH TIME ZONE
    ORDER BY expires_at, id LIMIT $2::INTEGER FOR UPDATE SKIP LOCKED
), changed AS (
    UPDATE bizconnect.connection AS c
    SET state = 'expired', version = c.version + 1,
        requester_version = c.requester_version + 1
    FROM due WHERE c.id = due.id AND c.state IN ('pending', 'declined')
    RETURNING c.*
)
SELECT c.id, c.requester_id, c.receiver_id, c.version, c.expires_at,
    p.name AS receiver_name
FROM changed AS c LEFT JOIN users.public_business AS p ON p.id = c.receiver_id
ORDER BY c.expires_at, c.id
"""


class ExpireDueRow(NamedTuple):
    """What `expire_due` returns."""

    id: UUID
    requester_id: UUID
    receiver_id: UUID
    version: int
    expires_at: datetime
    receiver_name: str | None


def expire_due(db: Connection, *, now: datetime, limit: int) -> list[ExpireDueRow]:
    """Note of requests that found no yes that their time is up, be they declined or not answered."""
    return db.rows(ExpireDueRow, _EXPIRE_DUE, now, limit)


_LOCK_BUSINESS = """
SELECT pg_advisory_xact_lock(hashtextextended('bizconnect:' || CAST($1::UUID AS uuid), 0))::text AS locked
"""


def lock_business(db: Connection, *, id: UUID) -> str | None:
    """Wait for whoever asks a business or in its name; who comes later finds it gone."""
    result: str | None = db.value(_LOCK_BUSINESS, id)
    return result


_DELETE_CONNECTIONS = """
DELETE FROM bizconnect.connection AS c USING (
    SELECT id FROM bizconnect.connection
    WHERE requester_id = $1::UUID OR receiver_id = $1::UUID
    ORDER BY id LIMIT $2::INTEGER FOR UPDATE) AS batch
WHERE c.id = batch.id
RETURNING c.id, c.requester_id, c.receiver_id, c.version
"""


class DeleteConnectionsRow(NamedTuple):
    """What `delete_connections` returns."""

    id: UUID
    requester_id: UUID
    receiver_id: UUID
    version: int


def delete_connections(db: Connection, *, business_id: UUID, limit: int) -> list[DeleteConnectionsRow]:
    """Delete a batch of the connections of a business."""
    return db.rows(DeleteConnectionsRow, _DELETE_CONNECTIONS, business_id, limit)


_FORGET_EVENTS = """
SELECT platform.forget_events($1::TEXT[])
"""


def forget_events(db: Connection, *, keys: list[str]) -> str | None:
    """Forget what was announced of some connections."""
    result: str | None = db.value(_FORGET_EVENTS, keys)
    return result
