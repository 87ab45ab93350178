-- An event is left to the relay while an earlier one of its key waits: whoever stores one asks.
-- Made beside the writers of a live table; a build that was broken off is begun again.
SET ROLE own_platform;
GRANT SELECT (topic, ordering_key) ON platform.outbox TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
DROP INDEX CONCURRENTLY IF EXISTS platform.outbox_unsent_key;
CREATE INDEX CONCURRENTLY outbox_unsent_key ON platform.outbox (ordering_key, topic) WHERE sent_at IS NULL;
RESET ROLE;
