"""Printed from _statements/feed.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_POSITION = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text AS epoch
"""


class PositionRow(NamedTuple):
    """What `position` returns."""

    horizon: str
    epoch: str


def position(db: Connection) -> PositionRow:
    """Where the change feed ends now."""
    return db.one(PositionRow, _POSITION)


_CHANGES_SINCE = """
SELECT '[' || coalesce(string_agg(jsonb_build_object('entity', entity,
        'entity_id', entity_id, 'operation', operation, 'version', version)::text, ','
        ORDER BY transaction, id) FILTER (WHERE newest), '') || ']' AS items,
    count(*)::integer AS found,
    (array_agg(transaction::text ORDER BY transaction DESC, id DESC))[1]
        AS last_transaction,
    (array_agg(id ORDER BY transaction DESC, id DESC))[1] AS last_id,
    (array_agg(changed_at ORDER BY transaction DESC, id DESC))[1] AS last_changed_at,
    pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text AS epoch
FROM (
    SELECT page.*, NOT EXISTS (
        SELECT FROM platform.change AS newer
        WHERE newer.entity_id = page.entity_id AND newer.id > page.id
            AND newer.entity = page.entity AND newer.audience = page.audience
            AND newer.transaction < pg_snapshot_xmin(pg_current_snapshot())) AS newest
    FROM (
        SELECT own.* FROM unnest(CAST($1::UUID[] AS uuid[])) AS mine (audience)
        CROSS JOIN LATERAL platform.changes_of(mine.audience,
            CAST($2::VARCHAR AS xid8), CAST($3::BIGINT AS bigint), $4::INTEGER) AS own
        ORDER BY own.transaction, own.id LIMIT $4::INTEGER
    ) AS page
) AS known
"""


class ChangesSinceRow(NamedTuple):
    """What `changes_since` returns."""

    items: str
    found: int
    last_transaction: str | None
    last_id: int | None
    last_changed_at: datetime | None
    horizon: str
    epoch: str


def changes_since(db: Connection, *, audiences: list[UUID], after_transaction: str, after_id: int, limit: int) -> ChangesSinceRow:
    """Finished changes for some audiences in the order of transactions, the newest of each row."""
    return db.one(ChangesSinceRow, _CHANGES_SINCE, audiences, after_transaction, after_id, limit)
