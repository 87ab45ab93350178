SET ROLE own_platform;

-- Takes a batch of a run of a job: waits for whoever is at work on the same run until his transaction
-- has ended, and tells whether the run has not been finished. A new statement looks after the wait, so
-- it sees what was finished meanwhile.
CREATE FUNCTION platform.take_run(job text, run uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(job || '@' || run::text, 0));
    RETURN NOT EXISTS (SELECT FROM platform.inbox WHERE handler = job AND event_id = run);
END $$;

REVOKE ALL ON FUNCTION platform.take_run(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.take_run(text, uuid) TO job_users, job_listings, job_notifications,
    job_admin, job_search, job_platform;

RESET ROLE;
