-- Each statement by itself
SET ROLE own_notifications

DROP INDEX CONCURRENTLY IF EXISTS notifications.notification_conversation

CREATE INDEX CONCURRENTLY notification_conversation ON notifications.notification (subject_id)
WHERE type = 'messages_waiting'

RESET ROLE
