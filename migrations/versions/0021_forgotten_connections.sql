-- Each statement by itself
SET ROLE own_notifications

DROP INDEX CONCURRENTLY IF EXISTS notifications.notification_connection

CREATE INDEX CONCURRENTLY notification_connection ON notifications.notification (subject_id)
WHERE type IN ('connection_requested', 'connection_accepted', 'connection_expired')

RESET ROLE
