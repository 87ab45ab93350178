SET ROLE own_messaging;

-- A file of a conversation, in Cloud Storage under both their ids. It goes when its time is over: a day
-- after it was announced unless a message names it, and half a year after that message was taken back.
CREATE TABLE messaging.attachment (
    id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    uploader_id UUID NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    message_id UUID,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    purge_after timestamptz,
    PRIMARY KEY (id),
    FOREIGN KEY (conversation_id) REFERENCES messaging.conversation (id),
    FOREIGN KEY (message_id) REFERENCES messaging.message (id),
    CHECK (size > 0),
    CHECK (message_id IS NOT NULL OR purge_after IS NOT NULL)
);
CREATE INDEX attachment_message_id ON messaging.attachment (message_id, id);
CREATE INDEX attachment_conversation_id ON messaging.attachment (conversation_id);
CREATE INDEX attachment_uploader_id ON messaging.attachment (uploader_id);
CREATE INDEX attachment_purge_after ON messaging.attachment (purge_after, id) WHERE purge_after IS NOT NULL;
ALTER TABLE messaging.attachment ENABLE ROW LEVEL SECURITY;
ALTER TABLE messaging.attachment FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON messaging.attachment TO own_messaging USING (true) WITH CHECK (true);
CREATE POLICY jobs ON messaging.attachment FOR ALL TO job_messaging USING (true);
-- Who announced it has it until it is sent; then both sides have it, and nobody once it is on its way out.
CREATE POLICY parties_read ON messaging.attachment FOR SELECT TO svc_messaging
    USING (uploader_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
        OR (message_id IS NOT NULL AND (
            SELECT true FROM messaging.conversation AS c WHERE c.id = conversation_id)));
CREATE POLICY senders_add ON messaging.attachment FOR INSERT TO svc_messaging
    WITH CHECK (uploader_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
        AND (SELECT true FROM messaging.conversation AS c WHERE c.id = conversation_id));
CREATE POLICY senders_send ON messaging.attachment FOR UPDATE TO svc_messaging
    USING (uploader_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));

GRANT SELECT (id, conversation_id, uploader_id, content_type, size, message_id, purge_after),
    INSERT (id, conversation_id, uploader_id, content_type, size, purge_after),
    UPDATE (message_id, purge_after) ON messaging.attachment TO svc_messaging;
GRANT SELECT, UPDATE (purge_after), DELETE ON messaging.attachment TO job_messaging;
RESET ROLE;
