-- Who may write to whom is asked of the connection itself, on each message.
SET ROLE own_bizconnect;
GRANT USAGE ON SCHEMA bizconnect TO svc_messaging;
GRANT SELECT (id, requester_id, receiver_id, state) ON bizconnect.connection TO svc_messaging;
CREATE POLICY messaging_read ON bizconnect.connection FOR SELECT TO svc_messaging
    USING (requester_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[])
        OR receiver_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
RESET ROLE;
