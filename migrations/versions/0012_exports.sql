-- Each statement by itself
SET ROLE own_users

-- What a person asked to be given, while it is written and until it is too old to be fetched.
CREATE TABLE IF NOT EXISTS users.export (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    state TEXT NOT NULL DEFAULT 'preparing',
    parts TEXT[] NOT NULL DEFAULT '{}',
    asked_at timestamptz NOT NULL,
    ready_at timestamptz,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (user_id) REFERENCES users.account (id),
    CHECK (state IN ('preparing', 'ready')),
    CHECK ((state = 'ready') = (ready_at IS NOT NULL))
);
ALTER TABLE users.export ENABLE ROW LEVEL SECURITY;
ALTER TABLE users.export FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS owner ON users.export;
CREATE POLICY owner ON users.export TO own_users USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS own ON users.export;
CREATE POLICY own ON users.export FOR ALL TO svc_users
    USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));
DROP POLICY IF EXISTS jobs ON users.export;
CREATE POLICY jobs ON users.export FOR ALL TO job_users USING (true);
GRANT SELECT (id, user_id, state, asked_at, expires_at), INSERT (id, user_id, asked_at, expires_at)
    ON users.export TO svc_users;
GRANT SELECT, UPDATE (parts, state, ready_at), DELETE ON users.export TO job_users

DROP INDEX CONCURRENTLY IF EXISTS users.export_user_id

CREATE INDEX CONCURRENTLY export_user_id ON users.export (user_id)

DROP INDEX CONCURRENTLY IF EXISTS users.export_expires_at

CREATE INDEX CONCURRENTLY export_expires_at ON users.export (expires_at, id)

-- Each service writes down what it holds of whoever asks, so its jobs read all of it.
REVOKE SELECT ON users.account, users.consent, users.consent_history, users.public_profile,
    users.device, users.membership, users.business, users.public_business,
    users.verification_request FROM job_users;
GRANT SELECT ON users.account, users.consent, users.consent_history, users.public_profile,
    users.device, users.membership, users.business, users.public_business,
    users.verification_request TO job_users

SET ROLE own_listings

GRANT SELECT ON listings.transition TO job_listings

DROP INDEX CONCURRENTLY IF EXISTS listings.listing_author_id

CREATE INDEX CONCURRENTLY listing_author_id ON listings.listing (author_id)

DROP INDEX CONCURRENTLY IF EXISTS listings.transition_actor_id

CREATE INDEX CONCURRENTLY transition_actor_id ON listings.transition (actor_id)

SET ROLE own_notifications

GRANT SELECT (id, type, subject_id, language, title, body, parameters, version, created_at, read_at)
    ON notifications.notification TO job_notifications

SET ROLE own_admin

REVOKE SELECT ON admin.review FROM job_admin;
GRANT SELECT ON admin.review TO job_admin

DROP INDEX CONCURRENTLY IF EXISTS admin.review_business_id

CREATE INDEX CONCURRENTLY review_business_id ON admin.review (business_id)

DROP INDEX CONCURRENTLY IF EXISTS admin.review_leased_by

CREATE INDEX CONCURRENTLY review_leased_by ON admin.review (leased_by) WHERE leased_by IS NOT NULL

DROP INDEX CONCURRENTLY IF EXISTS admin.review_decided_by

CREATE INDEX CONCURRENTLY review_decided_by ON admin.review (decided_by) WHERE decided_by IS NOT NULL

SET ROLE own_platform

GRANT SELECT (status) ON platform.idempotency_key TO job_platform;
REVOKE SELECT ON platform.change FROM job_platform;
GRANT SELECT ON platform.change TO job_platform

DROP INDEX CONCURRENTLY IF EXISTS platform.audit_entry_on_behalf_of

CREATE INDEX CONCURRENTLY audit_entry_on_behalf_of ON platform.audit_entry (on_behalf_of) WHERE on_behalf_of IS NOT NULL

RESET ROLE
