SET ROLE own_platform;

-- What a subject has used of a metric, in the windows from which take_quota would take now.
CREATE FUNCTION platform.quota_use(subject uuid, metric_asked text, zone_now text, at timestamptz)
RETURNS TABLE (zone text, used_today integer, used_this_month integer, day_ends_at timestamptz, month_ends_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    today date;
    this_month date;
BEGIN
    zone := coalesce((SELECT q.zone FROM platform.quota_zone AS q WHERE q.subject_id = subject AND q.until > at), zone_now);
    today := (at AT TIME ZONE zone)::date;
    this_month := date_trunc('month', at AT TIME ZONE zone)::date;
    day_ends_at := (today + 1)::timestamp AT TIME ZONE zone;
    month_ends_at := (this_month + interval '1 month') AT TIME ZONE zone;
    SELECT coalesce(max(w.used) FILTER (WHERE w.period = 'day'), 0),
        coalesce(max(w.used) FILTER (WHERE w.period = 'month'), 0)
    INTO used_today, used_this_month FROM platform.quota_window AS w
    WHERE w.subject_id = subject AND w.metric = metric_asked
        AND (w.period, w.starts_on) IN (('day', today), ('month', this_month));
    RETURN NEXT;
END $$;
GRANT EXECUTE ON FUNCTION platform.quota_use(uuid, text, text, timestamptz) TO svc_bizconnect;
GRANT EXECUTE ON FUNCTION platform.forget_events(text []) TO job_bizconnect;

SET ROLE own_users;
GRANT USAGE ON SCHEMA users TO job_bizconnect;
GRANT SELECT (id, name) ON users.public_business TO job_bizconnect;
CREATE POLICY reader_bizconnect ON users.public_business FOR SELECT TO job_bizconnect USING (true);

SET ROLE own_bizconnect;
GRANT USAGE ON SCHEMA bizconnect TO job_bizconnect;
GRANT SELECT, DELETE, UPDATE (state, version, requester_version) ON bizconnect.connection TO job_bizconnect;
CREATE POLICY jobs ON bizconnect.connection FOR ALL TO job_bizconnect USING (true);
RESET ROLE;
