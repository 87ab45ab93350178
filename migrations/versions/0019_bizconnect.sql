-- A service of its own: its roles are made by administrator.sql, which is run before.
CREATE SCHEMA bizconnect AUTHORIZATION own_bizconnect;

SET ROLE own_platform;

-- What the edge does around any function.
GRANT USAGE ON SCHEMA platform TO own_bizconnect, svc_bizconnect, job_bizconnect;
GRANT SELECT ON platform.city, platform.country, platform.currency TO svc_bizconnect, job_bizconnect;
GRANT SELECT (id, topic, ordering_key, sent_at), INSERT (id, kind, topic, type, ordering_key, due_at, body, traceparent), UPDATE (sent_at)
ON platform.outbox TO svc_bizconnect, job_bizconnect;
GRANT SELECT, INSERT, UPDATE ON platform.idempotency_key TO svc_bizconnect;
GRANT INSERT ON platform.inbox, platform.failed_task TO job_bizconnect;
GRANT EXECUTE ON FUNCTION platform.take_token(text, double precision, double precision),
platform.take_token(text, double precision, double precision, text, text, text, text),
platform.return_token(text, double precision),
platform.claim_key(text, text, text, text),
platform.store_answer(text, text, text, text, integer, text, text),
platform.append_audit(text, uuid, text, uuid, text, text, uuid, jsonb, jsonb, text, uuid),
platform.take_quota(uuid, text, text, integer, integer, timestamptz) TO svc_bizconnect;
GRANT EXECUTE ON FUNCTION platform.take_run(text, uuid), platform.projection_of(text, text, uuid),
platform.end_turn(text, text, uuid, bigint, boolean, uuid) TO job_bizconnect;
GRANT EXECUTE ON FUNCTION platform.change_projection(text, text, text, uuid, boolean) TO svc_bizconnect, job_bizconnect;
CREATE POLICY own_bizconnect ON platform.idempotency_key FOR ALL TO svc_bizconnect
USING (actor = (SELECT nullif(current_setting('app.uid', true), '')));
CREATE POLICY own_bizconnect ON platform.outbox FOR ALL TO svc_bizconnect, job_bizconnect
USING (service = (SELECT substr(current_user, 5)));
CREATE POLICY note_bizconnect ON platform.inbox FOR INSERT TO job_bizconnect WITH CHECK (event_id IS NOT NULL);
CREATE POLICY keep_bizconnect ON platform.failed_task FOR INSERT TO job_bizconnect WITH CHECK (id IS NOT NULL);

-- A market is told from the continents, or countries, of two businesses.
ALTER TABLE platform.country ADD COLUMN continent TEXT DEFAULT '' NOT NULL;

-- For rows with two audiences, who are not told the same: record_change tells one.
CREATE FUNCTION platform.note_change(what text, what_id uuid, follower uuid, gone boolean, at_version integer)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO platform.change (transaction, audience, entity, entity_id, operation, version)
    VALUES (pg_current_xact_id(), follower, what, what_id, CASE WHEN gone THEN 'delete' ELSE 'upsert' END, at_version);
$$;
GRANT EXECUTE ON FUNCTION platform.note_change(text, uuid, uuid, boolean, integer) TO own_bizconnect;

SET ROLE own_listings;
GRANT USAGE ON SCHEMA listings TO svc_bizconnect, job_bizconnect;
GRANT SELECT ON listings.category TO svc_bizconnect, job_bizconnect;

SET ROLE own_users;
GRANT USAGE ON SCHEMA users TO svc_bizconnect;
GRANT EXECUTE ON FUNCTION users.begin_request(text, text), users.calls_of(text, integer, jsonb) TO svc_bizconnect;
GRANT SELECT (id, name, country, plan, state, zone) ON users.business TO svc_bizconnect;
CREATE POLICY reader_bizconnect ON users.business FOR SELECT TO svc_bizconnect
USING (id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid []));
GRANT SELECT (id, slug, name, verification, country) ON users.public_business TO svc_bizconnect;
CREATE POLICY anyone_read_bizconnect ON users.public_business FOR SELECT TO svc_bizconnect USING (true);

SET ROLE own_bizconnect;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- One row for two businesses, whoever asked, however often: the unique index is of the pair.
CREATE TABLE bizconnect.connection (
    id UUID NOT NULL,
    requester_id UUID NOT NULL,
    receiver_id UUID NOT NULL,
    market TEXT NOT NULL,
    state TEXT DEFAULT 'pending' NOT NULL,
    note TEXT,
    requested_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    cool_until TIMESTAMPTZ,
    accepted_at TIMESTAMPTZ,
    declined_at TIMESTAMPTZ,
    blocked_by UUID,
    version INTEGER DEFAULT 1 NOT NULL,
    requester_version INTEGER DEFAULT 1 NOT NULL,
    PRIMARY KEY (id),
    CHECK (requester_id <> receiver_id),
    CHECK (market IN ('afcfta', 'africa-us', 'us-africa')),
    CHECK (state IN ('pending', 'accepted', 'declined', 'withdrawn', 'expired', 'removed', 'blocked')),
    CHECK ((state = 'blocked') = (blocked_by IS NOT NULL)),
    CHECK (blocked_by IN (requester_id, receiver_id)),
    CHECK (state <> 'accepted' OR accepted_at IS NOT NULL),
    CHECK (state <> 'declined' OR declined_at IS NOT NULL),
    CHECK (requester_version <= version)
);
CREATE UNIQUE INDEX connection_pair ON bizconnect.connection (
    least(requester_id, receiver_id), greatest(requester_id, receiver_id)
);
CREATE INDEX connection_requester ON bizconnect.connection (requester_id, requested_at, id);
CREATE INDEX connection_receiver ON bizconnect.connection (receiver_id, requested_at, id);
CREATE INDEX connection_waiting ON bizconnect.connection (receiver_id, expires_at) WHERE state = 'pending';
CREATE INDEX connection_due ON bizconnect.connection (expires_at, id) WHERE state IN ('pending', 'declined');

-- The state machine, where no code path can go around it.
CREATE FUNCTION bizconnect.check_transition() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF old.state <> new.state AND (old.state || '>' || new.state) NOT IN (
        'pending>accepted', 'pending>declined', 'pending>withdrawn', 'pending>expired', 'pending>blocked',
        'declined>pending', 'declined>accepted', 'declined>withdrawn', 'declined>expired', 'declined>blocked',
        'accepted>removed', 'accepted>blocked',
        'withdrawn>pending', 'withdrawn>blocked', 'expired>pending', 'expired>blocked',
        'removed>pending', 'removed>blocked', 'blocked>removed')
    THEN
        RAISE EXCEPTION 'a connection does not go from % to %', old.state, new.state USING ERRCODE = '23514', CONSTRAINT = 'connection_transition';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER check_transition BEFORE UPDATE OF state ON bizconnect.connection
FOR EACH ROW EXECUTE FUNCTION bizconnect.check_transition();

-- Both businesses follow a connection: the one that asked is not told of a decline, and for the one
-- that is blocked it is gone.
CREATE FUNCTION bizconnect.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c bizconnect.connection := CASE WHEN tg_op = 'DELETE' THEN old ELSE new END;
BEGIN
    IF tg_op <> 'UPDATE' OR new.requester_version <> old.requester_version THEN
        PERFORM platform.note_change('connection', c.id, c.requester_id,
            tg_op = 'DELETE' OR coalesce(c.blocked_by <> c.requester_id, false), c.requester_version);
    END IF;
    PERFORM platform.note_change('connection', c.id, c.receiver_id,
        tg_op = 'DELETE' OR coalesce(c.blocked_by <> c.receiver_id, false), c.version);
    RETURN NULL;
END $$;
CREATE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON bizconnect.connection
FOR EACH ROW EXECUTE FUNCTION bizconnect.record_change();

-- What one business asks of another takes turns with what is asked of the other, with what the other
-- asks, and with the end of either; a business asks many at once. Of two businesses the one with the
-- lesser id is locked first, so that nobody waits in a circle.
CREATE FUNCTION bizconnect.lock_pair(requester uuid, receiver uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF requester < receiver THEN
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('bizconnect:' || requester, 0));
        PERFORM pg_advisory_xact_lock(hashtextextended('bizconnect:' || receiver, 0));
    ELSE
        PERFORM pg_advisory_xact_lock(hashtextextended('bizconnect:' || receiver, 0));
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('bizconnect:' || requester, 0));
    END IF;
END $$;

-- How many requests wait for a business, counted up to a number: who asks does not see the others.
CREATE FUNCTION bizconnect.waiting_for(receiver uuid, most integer, at timestamptz) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*)::integer FROM (
        SELECT FROM bizconnect.connection AS c
        WHERE c.receiver_id = receiver AND c.state = 'pending' AND c.expires_at > at LIMIT most) AS first_ones;
$$;

-- Members of both businesses read it, and those who lead one of them change it. What a business is
-- not shown of the other's doings, the statements leave out.
ALTER TABLE bizconnect.connection ENABLE ROW LEVEL SECURITY;
ALTER TABLE bizconnect.connection FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON bizconnect.connection TO own_bizconnect USING (true) WITH CHECK (true);
CREATE POLICY members_read ON bizconnect.connection FOR SELECT TO svc_bizconnect USING (
    requester_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid [])
    OR receiver_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid [])
);
CREATE POLICY managers_add ON bizconnect.connection FOR INSERT TO svc_bizconnect WITH CHECK (
    requester_id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid [])
);
CREATE POLICY managers_change ON bizconnect.connection FOR UPDATE TO svc_bizconnect USING (
    requester_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid [])
    OR receiver_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid [])
) WITH CHECK (
    requester_id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid [])
    OR receiver_id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid [])
);

GRANT USAGE ON SCHEMA bizconnect TO svc_bizconnect;
GRANT SELECT ON bizconnect.connection TO svc_bizconnect;
GRANT INSERT (id, requester_id, receiver_id, market, note, requested_at, expires_at, cool_until) ON bizconnect.connection TO svc_bizconnect;
GRANT UPDATE (requester_id, receiver_id, market, state, note, requested_at, expires_at, cool_until, accepted_at, declined_at, blocked_by, version, requester_version)
ON bizconnect.connection TO svc_bizconnect;
GRANT EXECUTE ON FUNCTION bizconnect.lock_pair(uuid, uuid), bizconnect.waiting_for(uuid, integer, timestamptz) TO svc_bizconnect;
RESET ROLE;
