SET ROLE own_notifications;

-- What Cloud Messaging decided of a notification and an install. Whatever it left open has no row.
CREATE TABLE notifications.push (
    notification_id UUID NOT NULL,
    install_id UUID NOT NULL,
    outcome TEXT NOT NULL,
    at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (notification_id, install_id),
    FOREIGN KEY (notification_id) REFERENCES notifications.notification (id) ON DELETE CASCADE,
    CHECK (outcome IN ('sent', 'gone', 'refused'))
);
CREATE INDEX push_at ON notifications.push (at);
ALTER TABLE notifications.push ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications.push FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON notifications.push TO own_notifications USING (true) WITH CHECK (true);
CREATE POLICY jobs ON notifications.push FOR ALL TO job_notifications USING (true);
GRANT SELECT, INSERT (notification_id, install_id, outcome), DELETE ON notifications.push TO job_notifications;
RESET ROLE;

SET ROLE own_users;
CREATE POLICY reader ON users.device FOR SELECT TO job_notifications USING (true);
GRANT SELECT (install_id, user_id, push_token) ON users.device TO job_notifications;
GRANT SELECT (data_saver) ON users.account TO job_notifications;
RESET ROLE;
