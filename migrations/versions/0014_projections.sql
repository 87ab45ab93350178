SET ROLE own_platform;

-- A document in Firestore: how often what it shows has changed, and the task that is to write it. There
-- is one such task a document, or none when it shows all: however many changes come, they share it.
CREATE TABLE platform.projection (
    service TEXT NOT NULL,
    task TEXT NOT NULL,
    key TEXT NOT NULL,
    document TEXT NOT NULL,
    version BIGINT DEFAULT 1 NOT NULL,
    turn UUID,
    PRIMARY KEY (service, task, key)
);
ALTER TABLE platform.projection ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.projection FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.projection TO own_platform USING (true) WITH CHECK (true);

-- Counts a change. True when the caller's task is the one to write it: then he stores it in this transaction.
-- Without `shown_at` a document that was never shown stays so; `anew` takes the turn of whoever has it.
CREATE FUNCTION platform.change_projection(writer text, of_what text, shown_at text, next_turn uuid, anew boolean)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine boolean;
BEGIN
    UPDATE platform.projection AS p
    SET version = p.version + 1, turn = CASE WHEN anew THEN next_turn ELSE coalesce(p.turn, next_turn) END
    WHERE p.service = substr(session_user, 5) AND p.task = writer AND p.key = of_what
    RETURNING p.turn = next_turn INTO mine;
    IF NOT FOUND AND shown_at IS NOT NULL THEN
        INSERT INTO platform.projection AS p (service, task, key, document, turn)
        VALUES (substr(session_user, 5), writer, of_what, shown_at, next_turn)
        ON CONFLICT (service, task, key) DO UPDATE
        SET version = p.version + 1, turn = CASE WHEN anew THEN next_turn ELSE coalesce(p.turn, next_turn) END
        RETURNING p.turn = next_turn INTO mine;
    END IF;
    RETURN coalesce(mine, false);
END $$;

CREATE FUNCTION platform.projection_of(writer text, of_what text, this_turn uuid)
RETURNS TABLE (document text, version bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.document, p.version FROM platform.projection AS p
    WHERE p.service = substr(session_user, 5) AND p.task = writer AND p.key = of_what AND p.turn = this_turn;
$$;

-- Ends a turn. True when changes have come since the version that was written: then the next turn is the
-- caller's, and he stores its task in this transaction. Changes that are not committed yet are waited for here, and
-- those that begin later wait for this: none falls in between. What is `gone` is forgotten.
CREATE FUNCTION platform.end_turn(writer text, of_what text, this_turn uuid, written bigint, gone boolean, next_turn uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    again boolean;
BEGIN
    UPDATE platform.projection AS p SET turn = CASE WHEN p.version > written THEN next_turn END
    WHERE p.service = substr(session_user, 5) AND p.task = writer AND p.key = of_what AND p.turn = this_turn
    RETURNING p.turn IS NOT NULL INTO again;
    IF gone AND NOT again THEN
        DELETE FROM platform.projection AS p
        WHERE p.service = substr(session_user, 5) AND p.task = writer AND p.key = of_what;
    END IF;
    RETURN coalesce(again, false);
END $$;

GRANT EXECUTE ON FUNCTION platform.change_projection(text, text, text, uuid, boolean)
TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform,
    job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
GRANT EXECUTE ON FUNCTION platform.projection_of(text, text, uuid), platform.end_turn(text, text, uuid, bigint, boolean, uuid)
TO job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
RESET ROLE;

SET ROLE own_users;
GRANT SELECT (uid) ON users.account TO job_notifications;
RESET ROLE;

SET ROLE own_notifications;
GRANT SELECT (id, type, subject_id, language, title, body, created_at, read_at) ON notifications.notification TO job_notifications;
RESET ROLE;
