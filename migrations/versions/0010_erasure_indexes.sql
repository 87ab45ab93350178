-- Each statement by itself
SET ROLE own_users

DROP INDEX CONCURRENTLY IF EXISTS users.account_erase_after

CREATE INDEX CONCURRENTLY account_erase_after ON users.account (erase_after, id) WHERE state = 'erasing'

DROP INDEX CONCURRENTLY IF EXISTS users.verification_request_business_id

CREATE INDEX CONCURRENTLY verification_request_business_id ON users.verification_request (business_id)

DROP INDEX CONCURRENTLY IF EXISTS users.verification_request_requested_by

CREATE INDEX CONCURRENTLY verification_request_requested_by ON users.verification_request (requested_by)

SET ROLE own_platform

DROP INDEX CONCURRENTLY IF EXISTS platform.outbox_sent_key

CREATE INDEX CONCURRENTLY outbox_sent_key ON platform.outbox (ordering_key) WHERE sent_at IS NOT NULL

RESET ROLE
