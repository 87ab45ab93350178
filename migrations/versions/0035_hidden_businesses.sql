-- Each statement by itself
SET ROLE own_bizconnect

DROP INDEX CONCURRENTLY IF EXISTS bizconnect.connection_blocked_requester

CREATE INDEX CONCURRENTLY connection_blocked_requester ON bizconnect.connection (requester_id)
WHERE state = 'blocked'

DROP INDEX CONCURRENTLY IF EXISTS bizconnect.connection_blocked_receiver

CREATE INDEX CONCURRENTLY connection_blocked_receiver ON bizconnect.connection (receiver_id)
WHERE state = 'blocked'

-- What the caller is not shown: whom a business of his has blocked, and who has blocked it. A
-- stranger's businesses are none, and then it looks nowhere. PL/pgSQL keeps its plan.
CREATE OR REPLACE FUNCTION bizconnect.hidden_businesses() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine uuid [] := string_to_array(nullif(current_setting('app.businesses', true), ''), ',');
BEGIN
    IF mine IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT c.receiver_id FROM bizconnect.connection AS c
    WHERE c.requester_id = ANY (mine) AND c.state = 'blocked' AND c.receiver_id <> ALL (mine)
    UNION ALL
    SELECT c.requester_id FROM bizconnect.connection AS c
    WHERE c.receiver_id = ANY (mine) AND c.state = 'blocked' AND c.requester_id <> ALL (mine);
END $$

REVOKE EXECUTE ON FUNCTION bizconnect.hidden_businesses() FROM PUBLIC

GRANT EXECUTE ON FUNCTION bizconnect.hidden_businesses() TO svc_listings, svc_search, svc_users

GRANT USAGE ON SCHEMA bizconnect TO svc_listings, svc_search, svc_users

RESET ROLE

SET ROLE own_listings

GRANT SELECT (business_id) ON listings.public_listing TO svc_search

RESET ROLE
