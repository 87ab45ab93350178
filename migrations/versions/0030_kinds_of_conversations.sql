-- Without the lock of a whole table while every row of it is read.
SET ROLE own_messaging;
ALTER TABLE messaging.conversation VALIDATE CONSTRAINT conversation_kind_check;
ALTER TABLE messaging.conversation VALIDATE CONSTRAINT conversation_check1;
RESET ROLE;
