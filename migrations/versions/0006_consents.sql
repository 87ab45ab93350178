SET ROLE own_users;

-- Nobody changes what somebody once decided: it is added to, and goes when he is forgotten.
CREATE TABLE users.consent_history (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    user_id UUID NOT NULL,
    purpose TEXT NOT NULL,
    granted BOOLEAN NOT NULL,
    policy_version TEXT NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (user_id) REFERENCES users.account (id)
);
CREATE INDEX consent_history_user_id ON users.consent_history (user_id, id);

INSERT INTO users.consent_history (user_id, purpose, granted, policy_version, decided_at)
SELECT user_id, purpose, granted, policy_version, decided_at FROM users.consent ORDER BY decided_at;

ALTER TABLE users.consent_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE users.consent_history FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON users.consent_history TO own_users USING (true) WITH CHECK (true);
CREATE POLICY own ON users.consent_history FOR ALL TO svc_users
    USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));
CREATE POLICY jobs ON users.consent_history FOR ALL TO job_users
    USING (true);
GRANT SELECT, INSERT ON users.consent_history TO svc_users;
GRANT SELECT, DELETE ON users.consent_history TO job_users;
RESET ROLE;
