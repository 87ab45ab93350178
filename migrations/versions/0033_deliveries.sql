SET ROLE own_messaging;

-- How far a conversation has been brought to somebody's phones: a row a person and conversation, whose numbers
-- only grow. `due_at` is when somebody looks again: whether he has it, or must be told in another way.
CREATE TABLE messaging.delivery (
    conversation_id UUID NOT NULL,
    user_id UUID NOT NULL,
    party_id UUID NOT NULL,
    queued_seq BIGINT NOT NULL,
    sent_seq BIGINT DEFAULT 0 NOT NULL,
    failed_seq BIGINT DEFAULT 0 NOT NULL,
    told_seq BIGINT DEFAULT 0 NOT NULL,
    tries INTEGER DEFAULT 0 NOT NULL,
    due_at timestamptz,
    PRIMARY KEY (conversation_id, user_id),
    FOREIGN KEY (conversation_id) REFERENCES messaging.conversation (id),
    CHECK (queued_seq > 0 AND tries >= 0),
    CHECK (least(sent_seq, failed_seq, told_seq) >= 0 AND greatest(sent_seq, failed_seq, told_seq) <= queued_seq)
);
CREATE INDEX delivery_user_id ON messaging.delivery (user_id);
CREATE INDEX delivery_due_at ON messaging.delivery (due_at, conversation_id, user_id) WHERE due_at IS NOT NULL;
ALTER TABLE messaging.delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE messaging.delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON messaging.delivery TO own_messaging USING (true) WITH CHECK (true);
CREATE POLICY jobs ON messaging.delivery FOR ALL TO job_messaging USING (true);
CREATE POLICY parties_read ON messaging.delivery FOR SELECT TO svc_messaging
    USING ((SELECT true FROM messaging.conversation AS c WHERE c.id = conversation_id));
GRANT SELECT (conversation_id, party_id, queued_seq, sent_seq, failed_seq) ON messaging.delivery TO svc_messaging;
GRANT SELECT, INSERT (conversation_id, user_id, party_id, queued_seq, due_at),
    UPDATE (queued_seq, sent_seq, failed_seq, told_seq, tries, due_at), DELETE ON messaging.delivery TO job_messaging;
RESET ROLE;

-- On which installs, in which language, and who it is that has written.
SET ROLE own_users;
CREATE POLICY reader_messaging ON users.device FOR SELECT TO job_messaging USING (true);
CREATE POLICY reader_messaging ON users.public_profile FOR SELECT TO job_messaging USING (true);
CREATE POLICY reader_messaging ON users.public_business FOR SELECT TO job_messaging USING (true);
GRANT SELECT (install_id, user_id, push_token) ON users.device TO job_messaging;
GRANT SELECT (language, data_saver) ON users.account TO job_messaging;
GRANT SELECT ON users.public_profile TO job_messaging;
GRANT SELECT (id, name) ON users.public_business TO job_messaging;
CREATE POLICY reader_notifications ON users.public_profile FOR SELECT TO job_notifications USING (true);
GRANT SELECT (user_id, card) ON users.public_profile TO job_notifications;
GRANT SELECT (name) ON users.public_business TO job_notifications;
RESET ROLE;
