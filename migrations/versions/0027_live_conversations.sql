-- A document names the sign-ins that may read it: those of the person and of all who are in a business.
SET ROLE own_users;
GRANT USAGE ON SCHEMA users TO job_messaging;
CREATE POLICY reader_messaging ON users.account FOR SELECT TO job_messaging USING (true);
CREATE POLICY reader_messaging ON users.membership FOR SELECT TO job_messaging USING (true);
GRANT SELECT (id, uid, state) ON users.account TO job_messaging;
GRANT SELECT (business_id, user_id) ON users.membership TO job_messaging;
RESET ROLE;
