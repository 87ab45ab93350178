SET ROLE own_users;

GRANT SELECT (id) ON users.public_business TO job_notifications;
CREATE POLICY reader_notifications ON users.public_business FOR SELECT TO job_notifications USING (true);
RESET ROLE;
