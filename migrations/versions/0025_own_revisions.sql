SET ROLE own_messaging;

REVOKE SELECT (message_id, version, replaced_at) ON messaging.message_revision FROM job_messaging;
GRANT SELECT ON messaging.message_revision TO job_messaging;
RESET ROLE;
