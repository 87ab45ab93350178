-- Whether somebody belongs to a business: those who take its conversations do.
SET ROLE own_users;
CREATE FUNCTION users.belongs_to(business uuid, person uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM users.membership AS m WHERE m.business_id = business AND m.user_id = person);
$$;
GRANT USAGE ON SCHEMA users TO own_messaging;
GRANT EXECUTE ON FUNCTION users.belongs_to(uuid, uuid) TO own_messaging;
RESET ROLE;

SET ROLE own_messaging;

ALTER TABLE messaging.conversation DROP CONSTRAINT conversation_kind_check;
ALTER TABLE messaging.conversation ADD CONSTRAINT conversation_kind_check
CHECK (kind IN ('customer', 'business', 'support')) NOT VALID;
ALTER TABLE messaging.conversation DROP CONSTRAINT conversation_check1;
ALTER TABLE messaging.conversation ADD CONSTRAINT conversation_check1
CHECK (first_id <> second_id AND (kind <> 'business' OR first_id < second_id)) NOT VALID;

-- How a business shares its support conversations out; one that never said has no row.
CREATE TABLE messaging.team (
    business_id UUID NOT NULL,
    automatic BOOLEAN NOT NULL,
    capacity INTEGER NOT NULL,
    calendar JSONB,
    escalation JSONB NOT NULL,
    version INTEGER NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (business_id),
    CHECK (capacity BETWEEN 1 AND 50)
);

CREATE TABLE messaging.agent (
    business_id UUID NOT NULL,
    user_id UUID NOT NULL,
    skills TEXT[] DEFAULT '{}' NOT NULL,
    languages TEXT[] DEFAULT '{}' NOT NULL,
    capacity INTEGER,
    leads BOOLEAN DEFAULT false NOT NULL,
    state TEXT DEFAULT 'offline' NOT NULL,
    here_until timestamptz,
    last_assigned_at timestamptz,
    PRIMARY KEY (business_id, user_id),
    CHECK (state IN ('online', 'away', 'offline')),
    CHECK (state = 'offline' OR here_until IS NOT NULL),
    CHECK (capacity BETWEEN 0 AND 50)
);
CREATE INDEX agent_user_id ON messaging.agent (user_id);
CREATE INDEX agent_here_until ON messaging.agent (here_until) WHERE here_until IS NOT NULL;

CREATE TABLE messaging.support_case (
    conversation_id UUID NOT NULL,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    skill TEXT,
    language TEXT,
    waiting_since timestamptz NOT NULL,
    agent_id UUID,
    last_agent_id UUID,
    prefers UUID,
    passed_by UUID,
    assigned_at timestamptz,
    resolved_at timestamptz,
    PRIMARY KEY (conversation_id),
    FOREIGN KEY (conversation_id) REFERENCES messaging.conversation (id),
    CHECK (state IN ('waiting', 'assigned', 'resolved')),
    CHECK ((state = 'assigned') = (agent_id IS NOT NULL)),
    CHECK ((state = 'resolved') = (resolved_at IS NOT NULL))
);
CREATE INDEX support_case_waiting ON messaging.support_case (business_id, waiting_since, conversation_id) WHERE state = 'waiting';
CREATE INDEX support_case_agent ON messaging.support_case (business_id, agent_id) WHERE state = 'assigned';
CREATE INDEX support_case_customer_id ON messaging.support_case (customer_id);

-- Whoever has something assigned is the last in turn for the next, whether the policy chose him or a
-- colleague did.
CREATE FUNCTION messaging.note_assignment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE messaging.agent AS a SET last_assigned_at = clock_timestamp()
    WHERE a.business_id = new.business_id AND a.user_id = new.agent_id;
    RETURN NULL;
END $$;
CREATE TRIGGER note_assignment AFTER UPDATE OF agent_id ON messaging.support_case
FOR EACH ROW WHEN (new.agent_id IS NOT NULL) EXECUTE FUNCTION messaging.note_assignment();

-- All that changes a queue takes turns here, until its transaction ends: of two that each skip what the
-- other has locked, both could end while a conversation and the one who could take it are left.
CREATE FUNCTION messaging.lock_team(team uuid) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('messaging:' || team, 0));
$$;
CREATE FUNCTION messaging.try_team(team uuid) RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_try_advisory_xact_lock(hashtextextended('messaging:' || team, 0));
$$;

-- What those had who are gone waits again, since when it waited; then who is online and has room takes
-- what has waited longest of what he can take. A skill or language that nobody of the team has is asked
-- of nobody, or it would wait for ever. Whoever opens a conversation sees neither the others nor the
-- agents, so it is done in the name of the owner.
CREATE FUNCTION messaging.drain_team(team uuid, at timestamptz)
RETURNS TABLE (conversation_id uuid, business_id uuid, agent_id uuid, left_id uuid, waiting_since timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    ours messaging.team;
    room integer;
    spoken text[];
    known text[];
    free uuid[];
    pair record;
BEGIN
    PERFORM messaging.lock_team(team);
    SELECT * INTO ours FROM messaging.team AS t WHERE t.business_id = team;
    room := coalesce(ours.capacity, 5);
    RETURN QUERY
        WITH gone AS (
            UPDATE messaging.agent AS a SET state = 'offline', here_until = NULL
            WHERE a.business_id = team AND a.here_until IS NOT NULL
                AND (a.here_until <= at OR NOT users.belongs_to(team, a.user_id))
            RETURNING a.user_id
        )
        UPDATE messaging.support_case AS c
        SET state = 'waiting', agent_id = NULL, last_agent_id = gone.user_id, prefers = NULL, passed_by = NULL
        FROM gone WHERE c.business_id = team AND c.state = 'assigned' AND c.agent_id = gone.user_id
        RETURNING c.conversation_id, c.business_id, NULL::uuid, gone.user_id, c.waiting_since;
    IF NOT coalesce(ours.automatic, true) THEN
        RETURN;
    END IF;
    SELECT coalesce(array_agg(DISTINCT s), '{}') INTO known
    FROM messaging.agent AS a CROSS JOIN LATERAL unnest(a.skills) AS s
    WHERE a.business_id = team AND users.belongs_to(team, a.user_id);
    SELECT coalesce(array_agg(DISTINCT s), '{}') INTO spoken
    FROM messaging.agent AS a CROSS JOIN LATERAL unnest(a.languages) AS s
    WHERE a.business_id = team AND users.belongs_to(team, a.user_id);
    LOOP
        free := ARRAY(
            SELECT a.user_id FROM messaging.agent AS a
            WHERE a.business_id = team AND a.state = 'online' AND a.here_until > at
                AND coalesce(a.capacity, room) > (
                    SELECT count(*) FROM messaging.support_case AS held
                    WHERE held.business_id = team AND held.state = 'assigned' AND held.agent_id = a.user_id));
        EXIT WHEN free = '{}';
        SELECT c.conversation_id, c.waiting_since, chosen.user_id INTO pair
        FROM messaging.support_case AS c CROSS JOIN LATERAL (
            SELECT a.user_id FROM messaging.agent AS a
            WHERE a.business_id = team AND a.user_id = ANY (free)
                AND a.user_id IS DISTINCT FROM c.passed_by
                AND (c.skill IS NULL OR c.skill = ANY (a.skills) OR c.skill <> ALL (known))
                AND (c.language IS NULL OR c.language = ANY (a.languages) OR c.language <> ALL (spoken))
            ORDER BY (a.user_id = c.prefers) DESC NULLS LAST, a.last_assigned_at NULLS FIRST, a.user_id
            LIMIT 1
        ) AS chosen
        WHERE c.business_id = team AND c.state = 'waiting'
        ORDER BY c.waiting_since, c.conversation_id LIMIT 1
        FOR UPDATE OF c SKIP LOCKED;
        EXIT WHEN NOT found;
        UPDATE messaging.support_case AS c
        SET state = 'assigned', agent_id = pair.user_id, assigned_at = at, prefers = NULL, passed_by = NULL
        WHERE c.conversation_id = pair.conversation_id;
        conversation_id := pair.conversation_id;
        business_id := team;
        agent_id := pair.user_id;
        left_id := NULL;
        waiting_since := pair.waiting_since;
        RETURN NEXT;
    END LOOP;
END $$;

ALTER TABLE messaging.team ENABLE ROW LEVEL SECURITY;
ALTER TABLE messaging.team FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON messaging.team TO own_messaging USING (true) WITH CHECK (true);
CREATE POLICY jobs ON messaging.team FOR SELECT TO job_messaging USING (true);
CREATE POLICY members_read ON messaging.team FOR SELECT TO svc_messaging
USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid []));
CREATE POLICY managers_add ON messaging.team FOR INSERT TO svc_messaging
WITH CHECK (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid []));
CREATE POLICY managers_change ON messaging.team FOR UPDATE TO svc_messaging
USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid []));

ALTER TABLE messaging.agent ENABLE ROW LEVEL SECURITY;
ALTER TABLE messaging.agent FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON messaging.agent TO own_messaging USING (true) WITH CHECK (true);
CREATE POLICY jobs ON messaging.agent FOR ALL TO job_messaging USING (true);
CREATE POLICY members_read ON messaging.agent FOR SELECT TO svc_messaging
USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid []));
CREATE POLICY own_add ON messaging.agent FOR INSERT TO svc_messaging
WITH CHECK (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid [])
    OR (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid [])
        AND user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)));
CREATE POLICY own_change ON messaging.agent FOR UPDATE TO svc_messaging
USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid [])
    OR (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid [])
        AND user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)));

ALTER TABLE messaging.support_case ENABLE ROW LEVEL SECURITY;
ALTER TABLE messaging.support_case FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON messaging.support_case TO own_messaging USING (true) WITH CHECK (true);
CREATE POLICY jobs ON messaging.support_case FOR ALL TO job_messaging USING (true);
CREATE POLICY parties_read ON messaging.support_case FOR SELECT TO svc_messaging
USING (customer_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
    OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid []));
CREATE POLICY customers_open ON messaging.support_case FOR INSERT TO svc_messaging
WITH CHECK (customer_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
    AND (SELECT c.second_id = business_id AND c.first_id = customer_id FROM messaging.conversation AS c WHERE c.id = conversation_id));
CREATE POLICY parties_change ON messaging.support_case FOR UPDATE TO svc_messaging
USING (customer_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
    OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid []));

GRANT SELECT, INSERT, UPDATE (automatic, capacity, calendar, escalation, version, updated_at) ON messaging.team TO svc_messaging;
GRANT SELECT, INSERT (business_id, user_id, skills, languages, capacity, leads, state, here_until),
UPDATE (skills, languages, capacity, leads, state, here_until) ON messaging.agent TO svc_messaging;
GRANT SELECT, INSERT (conversation_id, business_id, customer_id, skill, language, waiting_since),
UPDATE (state, skill, language, waiting_since, agent_id, last_agent_id, prefers, passed_by, assigned_at, resolved_at)
ON messaging.support_case TO svc_messaging;
GRANT SELECT ON messaging.team TO job_messaging;
GRANT SELECT, UPDATE (here_until), DELETE ON messaging.agent TO job_messaging;
GRANT SELECT, UPDATE (state, agent_id, last_agent_id, resolved_at) ON messaging.support_case TO job_messaging;
GRANT EXECUTE ON FUNCTION messaging.try_team(uuid) TO job_messaging;
GRANT EXECUTE ON FUNCTION messaging.lock_team(uuid), messaging.drain_team(uuid, timestamptz) TO svc_messaging, job_messaging;
RESET ROLE;
