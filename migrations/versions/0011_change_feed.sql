-- Each statement by itself
SET ROLE own_platform

DROP INDEX CONCURRENTLY IF EXISTS platform.change_entity

CREATE INDEX CONCURRENTLY change_entity ON platform.change (entity_id, id)

-- The next finished changes for one audience. The planner knows how many an audience has on average,
-- not how many this one has: it would gather all of a busy one by bitmap, row-level security's two
-- arms inviting it to, and sort them to show a few. Without bitmaps it walks the index in its order.
CREATE OR REPLACE FUNCTION platform.changes_of(followed uuid, after_transaction xid8, after_id bigint, most integer)
RETURNS SETOF platform.change
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET enable_bitmapscan = off AS $$
    SELECT c.* FROM platform.change AS c
    WHERE c.audience = followed
        AND (c.transaction, c.id) > (after_transaction, after_id)
        AND c.transaction < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY c.transaction, c.id LIMIT most;
$$

GRANT EXECUTE ON FUNCTION platform.changes_of(uuid, xid8, bigint, integer) TO svc_platform

RESET ROLE
