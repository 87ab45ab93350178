SET ROLE own_users;

ALTER TABLE users.business ADD COLUMN plan TEXT DEFAULT 'free' NOT NULL;
ALTER TABLE users.business ADD CONSTRAINT business_plan CHECK (plan IN ('free', 'premium')) NOT VALID;
ALTER TABLE users.business VALIDATE CONSTRAINT business_plan;

-- Nobody gives his business a plan, a verification or a state, whatever the code forgets.
REVOKE INSERT, UPDATE ON users.business FROM svc_users;
GRANT INSERT (id, slug, name, description, categories, country, city_id, latitude, longitude, zone,
    language, corridors, phone) ON users.business TO svc_users;
GRANT UPDATE (slug, name, description, categories, country, city_id, latitude, longitude, zone,
    language, corridors, phone, version, updated_at) ON users.business TO svc_users;
GRANT SELECT (plan) ON users.business TO svc_listings;

-- How many calls somebody has: the most that a role of his, or a plan of a business of his, allows.
CREATE FUNCTION users.calls_of(caller text, everybody integer, tiers jsonb) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT greatest(everybody, max((tiers ->> tier)::integer)) FROM (
        SELECT unnest(roles) AS tier FROM users.account WHERE uid = caller
        UNION ALL
        SELECT b.plan FROM users.account AS a JOIN users.membership AS m ON m.user_id = a.id
        JOIN users.business AS b ON b.id = m.business_id
        WHERE a.uid = caller AND b.state = 'active') AS held;
$$;
GRANT EXECUTE ON FUNCTION users.calls_of(text, integer, jsonb)
TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform;

SET ROLE own_platform;

CREATE TABLE platform.quota_zone (
    subject_id UUID NOT NULL,
    zone TEXT NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (subject_id)
);

CREATE TABLE platform.quota_window (
    subject_id UUID NOT NULL,
    metric TEXT NOT NULL,
    period TEXT NOT NULL,
    starts_on DATE NOT NULL,
    ends_at timestamptz NOT NULL,
    used INTEGER NOT NULL,
    allowed INTEGER NOT NULL,
    PRIMARY KEY (subject_id, metric, period, starts_on)
);
CREATE INDEX quota_window_ends_at ON platform.quota_window (ends_at);

CREATE TABLE platform.quota_history (
    subject_id UUID NOT NULL,
    metric TEXT NOT NULL,
    period TEXT NOT NULL,
    starts_on DATE NOT NULL,
    used INTEGER NOT NULL,
    allowed INTEGER NOT NULL,
    closed_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (subject_id, metric, period, starts_on)
);
CREATE INDEX quota_history_closed_at ON platform.quota_history (closed_at);

ALTER TABLE platform.quota_window ADD CHECK (period IN ('day', 'month') AND used >= 0);

ALTER TABLE platform.quota_zone ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.quota_zone FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.quota_zone TO own_platform USING (true) WITH CHECK (true);
ALTER TABLE platform.quota_window ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.quota_window FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.quota_window TO own_platform USING (true) WITH CHECK (true);
CREATE POLICY jobs ON platform.quota_window FOR ALL TO job_platform USING (true);
ALTER TABLE platform.quota_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.quota_history FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.quota_history TO own_platform USING (true) WITH CHECK (true);
CREATE POLICY jobs ON platform.quota_history FOR ALL TO job_platform USING (true);
GRANT SELECT, UPDATE, DELETE ON platform.quota_window TO job_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON platform.quota_history TO job_platform;

-- Takes one from the day and the month of a subject, or from neither. A window is the subject's
-- own date, so it turns by the clock and needs nobody to reset it. The zone is kept until the month
-- ends, and a date that was begun in one zone goes on in another: moving gains nothing.
CREATE FUNCTION platform.take_quota(subject uuid, metric_taken text, zone_now text,
    per_day integer, per_month integer, at timestamptz)
RETURNS TABLE (granted boolean, used_today integer, used_this_month integer,
    day_ends_at timestamptz, month_ends_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kept text;
    today date;
    this_month date;
BEGIN
    SELECT zone INTO kept FROM platform.quota_zone WHERE subject_id = subject AND until > at;
    IF NOT FOUND THEN
        INSERT INTO platform.quota_zone AS q (subject_id, zone, until)
        VALUES (subject, zone_now, (date_trunc('month', at AT TIME ZONE zone_now)
            + interval '1 month') AT TIME ZONE zone_now)
        ON CONFLICT (subject_id) DO UPDATE
        SET zone = CASE WHEN q.until > at THEN q.zone ELSE excluded.zone END,
            until = greatest(q.until, excluded.until)
        RETURNING q.zone INTO kept;
    END IF;
    today := (at AT TIME ZONE kept)::date;
    this_month := date_trunc('month', at AT TIME ZONE kept)::date;
    day_ends_at := (today + 1)::timestamp AT TIME ZONE kept;
    month_ends_at := (this_month + interval '1 month') AT TIME ZONE kept;

    -- One statement for both, the day first: two takers never wait for each other.
    WITH taken AS (
        INSERT INTO platform.quota_window AS w
            (subject_id, metric, period, starts_on, ends_at, used, allowed)
        SELECT subject, metric_taken, v.period, v.starts_on, v.ends_at, 1, v.allowed
        FROM (VALUES ('day', today, day_ends_at, per_day),
            ('month', this_month, month_ends_at, per_month)) AS v (period, starts_on, ends_at, allowed)
        WHERE least(per_day, per_month) > 0
        ON CONFLICT (subject_id, metric, period, starts_on) DO UPDATE
        SET used = w.used + 1, allowed = excluded.allowed WHERE w.used < excluded.allowed
        RETURNING w.period, w.used)
    SELECT count(*) = 2, max(used) FILTER (WHERE period = 'day'),
        max(used) FILTER (WHERE period = 'month')
    INTO granted, used_today, used_this_month FROM taken;
    IF NOT granted THEN
        UPDATE platform.quota_window AS w SET used = w.used - 1
        WHERE w.subject_id = subject AND w.metric = metric_taken
            AND ((w.period = 'day' AND w.starts_on = today AND used_today IS NOT NULL)
                OR (w.period = 'month' AND w.starts_on = this_month AND used_this_month IS NOT NULL));
        SELECT coalesce(max(w.used) FILTER (WHERE w.period = 'day'), 0),
            coalesce(max(w.used) FILTER (WHERE w.period = 'month'), 0)
        INTO used_today, used_this_month FROM platform.quota_window AS w
        WHERE w.subject_id = subject AND w.metric = metric_taken
            AND (w.period, w.starts_on) IN (('day', today), ('month', this_month));
    END IF;
    RETURN NEXT;
END $$;

GRANT EXECUTE ON FUNCTION platform.take_quota(uuid, text, text, integer, integer, timestamptz)
TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform;
RESET ROLE;
