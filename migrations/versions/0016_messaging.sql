-- The roles are made by administrator.sql, which is run again before this.
CREATE SCHEMA messaging AUTHORIZATION own_messaging;

SET ROLE own_messaging;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE messaging.conversation (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    first_id UUID NOT NULL,
    second_id UUID NOT NULL,
    opened_by UUID NOT NULL,
    last_seq BIGINT DEFAULT 0 NOT NULL,
    last_message_at timestamptz NOT NULL,
    wrapped_key BYTEA NOT NULL,
    key_id TEXT NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id),
    CHECK (kind IN ('customer', 'business')),
    CHECK (opened_by IN (first_id, second_id)),
    CHECK (first_id <> second_id AND (kind = 'customer' OR first_id < second_id))
);
CREATE UNIQUE INDEX conversation_parties ON messaging.conversation (first_id, second_id, kind);
CREATE INDEX conversation_first ON messaging.conversation (first_id, last_message_at, id);
CREATE INDEX conversation_second ON messaging.conversation (second_id, last_message_at, id);
CREATE INDEX conversation_key_id ON messaging.conversation (key_id, id);

CREATE TABLE messaging.message (
    id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    sender_id UUID NOT NULL,
    on_behalf_of UUID,
    own_no INTEGER NOT NULL,
    nonce BYTEA,
    ciphertext BYTEA,
    digest BYTEA,
    flags TEXT[] NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    sent_at timestamptz NOT NULL,
    edited_at timestamptz,
    deleted_at timestamptz,
    PRIMARY KEY (id),
    FOREIGN KEY (conversation_id) REFERENCES messaging.conversation (id),
    CHECK (seq > 0 AND own_no > 0),
    CHECK ((deleted_at IS NULL) = (ciphertext IS NOT NULL) AND (nonce IS NULL) = (ciphertext IS NULL))
);
CREATE UNIQUE INDEX message_seq ON messaging.message (conversation_id, seq);
CREATE INDEX message_sender ON messaging.message (sender_id, conversation_id, seq);

CREATE TABLE messaging.pointer (
    conversation_id UUID NOT NULL,
    user_id UUID NOT NULL,
    party_id UUID NOT NULL,
    delivered_seq BIGINT DEFAULT 0 NOT NULL,
    read_seq BIGINT DEFAULT 0 NOT NULL,
    sent INTEGER DEFAULT 0 NOT NULL,
    sent_read INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (conversation_id, user_id),
    FOREIGN KEY (conversation_id) REFERENCES messaging.conversation (id),
    CHECK (read_seq BETWEEN 0 AND delivered_seq),
    CHECK (sent_read BETWEEN 0 AND sent)
);
CREATE INDEX pointer_user_id ON messaging.pointer (user_id);

ALTER TABLE messaging.conversation ENABLE ROW LEVEL SECURITY;
ALTER TABLE messaging.conversation FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON messaging.conversation TO own_messaging USING (true) WITH CHECK (true);
CREATE POLICY jobs ON messaging.conversation FOR ALL TO job_messaging USING (true);
ALTER TABLE messaging.message ENABLE ROW LEVEL SECURITY;
ALTER TABLE messaging.message FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON messaging.message TO own_messaging USING (true) WITH CHECK (true);
CREATE POLICY jobs ON messaging.message FOR ALL TO job_messaging USING (true);
ALTER TABLE messaging.pointer ENABLE ROW LEVEL SECURITY;
ALTER TABLE messaging.pointer FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON messaging.pointer TO own_messaging USING (true) WITH CHECK (true);
CREATE POLICY jobs ON messaging.pointer FOR ALL TO job_messaging USING (true);

-- A person takes part as himself, or as a member of a business that does. Ids of people and of
-- businesses never coincide, so one list of his ids answers for both columns.
CREATE POLICY parties_read ON messaging.conversation FOR SELECT TO svc_messaging
    USING (first_id = ANY ((SELECT string_to_array(concat_ws(',', nullif(current_setting('app.user_id', true), ''),
            nullif(current_setting('app.businesses', true), '')), ','))::uuid[])
        OR second_id = ANY ((SELECT string_to_array(concat_ws(',', nullif(current_setting('app.user_id', true), ''),
            nullif(current_setting('app.businesses', true), '')), ','))::uuid[]));
CREATE POLICY parties_open ON messaging.conversation FOR INSERT TO svc_messaging
    WITH CHECK (opened_by = ANY ((SELECT string_to_array(concat_ws(',', nullif(current_setting('app.user_id', true), ''),
        nullif(current_setting('app.businesses', true), '')), ','))::uuid[]));
CREATE POLICY parties_count ON messaging.conversation FOR UPDATE TO svc_messaging
    USING (first_id = ANY ((SELECT string_to_array(concat_ws(',', nullif(current_setting('app.user_id', true), ''),
            nullif(current_setting('app.businesses', true), '')), ','))::uuid[])
        OR second_id = ANY ((SELECT string_to_array(concat_ws(',', nullif(current_setting('app.user_id', true), ''),
            nullif(current_setting('app.businesses', true), '')), ','))::uuid[]));

-- What belongs to a conversation is seen by whom the conversation is: its own policy decides within. Not
-- by EXISTS: of that the planner may make a hash of all conversations, to show one page of one.
CREATE POLICY parties_read ON messaging.message FOR SELECT TO svc_messaging
    USING ((SELECT true FROM messaging.conversation AS c WHERE c.id = conversation_id));
CREATE POLICY senders_add ON messaging.message FOR INSERT TO svc_messaging
    WITH CHECK (sender_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
        AND (SELECT true FROM messaging.conversation AS c WHERE c.id = conversation_id));
CREATE POLICY parties_read ON messaging.pointer FOR SELECT TO svc_messaging
    USING ((SELECT true FROM messaging.conversation AS c WHERE c.id = conversation_id));
CREATE POLICY own_add ON messaging.pointer FOR INSERT TO svc_messaging
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
        AND (SELECT true FROM messaging.conversation AS c WHERE c.id = conversation_id));
CREATE POLICY own_move ON messaging.pointer FOR UPDATE TO svc_messaging
    USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));

GRANT USAGE ON SCHEMA messaging TO svc_messaging, job_messaging;
GRANT SELECT, INSERT (id, kind, first_id, second_id, opened_by, last_message_at, wrapped_key, key_id),
    UPDATE (last_seq, last_message_at) ON messaging.conversation TO svc_messaging;
GRANT SELECT, INSERT (id, conversation_id, seq, sender_id, on_behalf_of, own_no, nonce, ciphertext, digest, flags, sent_at)
    ON messaging.message TO svc_messaging;
GRANT SELECT, INSERT (conversation_id, user_id, party_id, sent), UPDATE (sent) ON messaging.pointer TO svc_messaging;
GRANT SELECT ON messaging.conversation TO job_messaging;
GRANT SELECT, UPDATE (nonce, ciphertext, digest, flags, deleted_at, version) ON messaging.message TO job_messaging;
GRANT SELECT, DELETE ON messaging.pointer TO job_messaging;
RESET ROLE;

-- Whom one writes to is told from what anybody may see; of businesses one's own alone show more.
SET ROLE own_users;
GRANT USAGE ON SCHEMA users TO svc_messaging;
GRANT EXECUTE ON FUNCTION users.begin_request(text, text), users.calls_of(text, integer, jsonb) TO svc_messaging;
GRANT SELECT ON users.public_profile TO svc_messaging;
CREATE POLICY messaging_read ON users.public_profile FOR SELECT TO svc_messaging USING (true);
GRANT SELECT (id, name) ON users.public_business TO svc_messaging;
CREATE POLICY messaging_read ON users.public_business FOR SELECT TO svc_messaging USING (true);
GRANT SELECT (id, plan, zone) ON users.business TO svc_messaging;
CREATE POLICY messaging_read ON users.business FOR SELECT TO svc_messaging
    USING (id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
RESET ROLE;

SET ROLE own_listings;
GRANT USAGE ON SCHEMA listings TO svc_messaging, job_messaging;
GRANT SELECT ON listings.category TO svc_messaging, job_messaging;
RESET ROLE;

-- What the edge does for every function.
SET ROLE own_platform;
GRANT USAGE ON SCHEMA platform TO svc_messaging, job_messaging;
GRANT SELECT ON platform.currency, platform.country, platform.city TO svc_messaging, job_messaging;
GRANT SELECT (id, topic, ordering_key, sent_at), INSERT (id, kind, topic, type, ordering_key, due_at, body,
    traceparent), UPDATE (sent_at) ON platform.outbox TO svc_messaging, job_messaging;
CREATE POLICY own_messaging ON platform.outbox FOR ALL TO svc_messaging, job_messaging
    USING (service = (SELECT substr(CURRENT_USER, 5)));
GRANT SELECT, INSERT, UPDATE ON platform.idempotency_key TO svc_messaging;
CREATE POLICY own_messaging ON platform.idempotency_key FOR ALL TO svc_messaging
    USING (actor = (SELECT nullif(current_setting('app.uid', true), '')));
GRANT INSERT ON platform.inbox, platform.failed_task TO job_messaging;
CREATE POLICY note_messaging ON platform.inbox FOR INSERT TO job_messaging WITH CHECK (event_id IS NOT NULL);
CREATE POLICY keep_messaging ON platform.failed_task FOR INSERT TO job_messaging WITH CHECK (id IS NOT NULL);
GRANT EXECUTE ON FUNCTION
    platform.take_token(text, double precision, double precision),
    platform.take_token(text, double precision, double precision, text, text, text, text),
    platform.return_token(text, double precision),
    platform.claim_key(text, text, text, text),
    platform.store_answer(text, text, text, text, integer, text, text),
    platform.append_audit(text, uuid, text, uuid, text, text, uuid, jsonb, jsonb, text, uuid),
    platform.take_quota(uuid, text, text, integer, integer, timestamptz)
TO svc_messaging;
GRANT EXECUTE ON FUNCTION platform.change_projection(text, text, text, uuid, boolean) TO svc_messaging, job_messaging;
GRANT EXECUTE ON FUNCTION platform.take_run(text, uuid), platform.projection_of(text, text, uuid),
    platform.end_turn(text, text, uuid, bigint, boolean, uuid) TO job_messaging;
RESET ROLE;
