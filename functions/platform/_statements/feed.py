"""The change feed."""

from shared.manifest.statements import BIGINT, INSTANT, INT, TEXT, UUIDS, one, sql
from shared.tables.types import may, must

# The change feed. A transaction that began early may commit late, so neither ids nor times tell
# what a reader has missed. Everything below the oldest transaction that still runs is finished:
# its changes are all there, and none will be added. What is at or above waits for a later call.
_HORIZON = "pg_snapshot_xmin(pg_current_snapshot())"

# Data that were restored go on from an earlier transaction, and give its successors' ids to others.
# A copy put back in place has the identifier and the timeline that it had before; but no server
# comes to older data without being started. A restart that lost nothing reads like one that did.
_EPOCH = "(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text"

position = one(
    sql(f"SELECT {_HORIZON}::text AS horizon, {_EPOCH} AS epoch").columns(
        must("horizon", TEXT), must("epoch", TEXT)
    ),
    "Where the change feed ends now.",
)

# One index range for each audience, each bounded, however much the others hold. Of one row the
# change with the larger id is the newer, since whoever writes it waits for whoever wrote it before;
# the order of transactions says when it is told, and a transaction that began early may have
# written last. So a change is told unless a newer one of its row is finished too, which is told
# further on, in this answer, or was told before.
changes_since = one(
    sql(
        f"""
        SELECT '[' || coalesce(string_agg(jsonb_build_object('entity', entity,
                'entity_id', entity_id, 'operation', operation, 'version', version)::text, ','
                ORDER BY transaction, id) FILTER (WHERE newest), '') || ']' AS items,
            count(*)::integer AS found,
            (array_agg(transaction::text ORDER BY transaction DESC, id DESC))[1]
                AS last_transaction,
            (array_agg(id ORDER BY transaction DESC, id DESC))[1] AS last_id,
            (array_agg(changed_at ORDER BY transaction DESC, id DESC))[1] AS last_changed_at,
            {_HORIZON}::text AS horizon, {_EPOCH} AS epoch
        FROM (
            SELECT page.*, NOT EXISTS (
                SELECT FROM platform.change AS newer
                WHERE newer.entity_id = page.entity_id AND newer.id > page.id
                    AND newer.entity = page.entity AND newer.audience = page.audience
                    AND newer.transaction < {_HORIZON}) AS newest
            FROM (
                SELECT own.* FROM unnest(CAST(:audiences AS uuid[])) AS mine (audience)
                CROSS JOIN LATERAL platform.changes_of(mine.audience,
                    CAST(:after_transaction AS xid8), CAST(:after_id AS bigint), :limit) AS own
                ORDER BY own.transaction, own.id LIMIT :limit
            ) AS page
        ) AS known
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
    "Finished changes for some audiences in the order of transactions, the newest of each row.",
)
