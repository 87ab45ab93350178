SET ROLE own_messaging;

-- A promise of a support conversation and how much of its time is gone. It runs while `started_at` says
-- since when; what is due then is worked out once, when it starts, and stands here.
CREATE TABLE messaging.support_clock (
    conversation_id UUID NOT NULL,
    kind TEXT NOT NULL,
    business_id UUID NOT NULL,
    round INTEGER NOT NULL,
    target_seconds INTEGER NOT NULL,
    spent_seconds INTEGER NOT NULL,
    started_at timestamptz,
    due_at timestamptz,
    step INTEGER NOT NULL,
    next_at timestamptz,
    missed_at timestamptz,
    PRIMARY KEY (conversation_id, kind),
    FOREIGN KEY (conversation_id) REFERENCES messaging.conversation (id),
    CHECK (kind IN ('first_response', 'next_response', 'resolution')),
    CHECK (started_at IS NOT NULL OR (due_at IS NULL AND next_at IS NULL))
);
CREATE INDEX support_clock_next_at ON messaging.support_clock (next_at, conversation_id) WHERE next_at IS NOT NULL;
CREATE INDEX support_clock_business_id ON messaging.support_clock (business_id);

-- What a business promises those who ask it, and when it works: they are told by when to expect an answer.
CREATE FUNCTION messaging.promises_of(team uuid) RETURNS TABLE (calendar text, escalation text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.calendar::text, t.escalation::text FROM messaging.team AS t WHERE t.business_id = team;
$$;

ALTER TABLE messaging.support_clock ENABLE ROW LEVEL SECURITY;
ALTER TABLE messaging.support_clock FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON messaging.support_clock TO own_messaging USING (true) WITH CHECK (true);
CREATE POLICY jobs ON messaging.support_clock FOR ALL TO job_messaging USING (true);
-- Whose the conversation is; its own policy says who that is.
CREATE POLICY parties_read ON messaging.support_clock FOR SELECT TO svc_messaging
USING ((SELECT true FROM messaging.support_case AS c WHERE c.conversation_id = support_clock.conversation_id));
CREATE POLICY parties_start ON messaging.support_clock FOR INSERT TO svc_messaging
WITH CHECK ((SELECT c.business_id = support_clock.business_id FROM messaging.support_case AS c WHERE c.conversation_id = support_clock.conversation_id));
CREATE POLICY parties_change ON messaging.support_clock FOR UPDATE TO svc_messaging
USING ((SELECT true FROM messaging.support_case AS c WHERE c.conversation_id = support_clock.conversation_id));

GRANT SELECT, INSERT, UPDATE (round, target_seconds, spent_seconds, started_at, due_at, step, next_at, missed_at)
ON messaging.support_clock TO svc_messaging;
GRANT SELECT, UPDATE (started_at, due_at, step, next_at, missed_at) ON messaging.support_clock TO job_messaging;
GRANT EXECUTE ON FUNCTION messaging.promises_of(uuid) TO svc_messaging;
RESET ROLE;
