SET ROLE own_messaging;

-- What a message said before it was changed or deleted, sealed as it was: for whoever must judge a
-- complaint. People never read it, their requests only add to it.
CREATE TABLE messaging.message_revision (
    message_id UUID NOT NULL,
    version INTEGER NOT NULL,
    nonce BYTEA NOT NULL,
    ciphertext BYTEA NOT NULL,
    flags TEXT[] NOT NULL,
    replaced_at timestamptz NOT NULL,
    PRIMARY KEY (message_id, version),
    FOREIGN KEY (message_id) REFERENCES messaging.message (id)
);
CREATE INDEX message_revision_replaced_at ON messaging.message_revision (replaced_at);
ALTER TABLE messaging.message_revision ENABLE ROW LEVEL SECURITY;
ALTER TABLE messaging.message_revision FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON messaging.message_revision TO own_messaging USING (true) WITH CHECK (true);
CREATE POLICY jobs ON messaging.message_revision FOR ALL TO job_messaging USING (true);
CREATE POLICY senders_keep ON messaging.message_revision FOR INSERT TO svc_messaging
    WITH CHECK ((SELECT m.sender_id FROM messaging.message AS m WHERE m.id = message_id)
        = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));

CREATE POLICY senders_change ON messaging.message FOR UPDATE TO svc_messaging
    USING (sender_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));

GRANT INSERT ON messaging.message_revision TO svc_messaging;
GRANT UPDATE (wrapped_key, key_id) ON messaging.conversation TO job_messaging;
GRANT SELECT (message_id, version, replaced_at), DELETE ON messaging.message_revision TO job_messaging;
GRANT UPDATE (nonce, ciphertext, flags, version, edited_at, deleted_at) ON messaging.message TO svc_messaging;
REVOKE INSERT ON messaging.pointer FROM svc_messaging;
GRANT INSERT, UPDATE (delivered_seq, read_seq, sent_read) ON messaging.pointer TO svc_messaging;
RESET ROLE;
