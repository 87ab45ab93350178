SET ROLE own_users;
GRANT USAGE ON SCHEMA users TO own_bizconnect;
-- What candidates are made from.
GRANT SELECT (id, country, city_id, latitude, longitude, zone, language, categories, corridors, verification, state)
ON users.business TO job_bizconnect;
CREATE POLICY job_reader_bizconnect ON users.business FOR SELECT TO job_bizconnect USING (true);
GRANT SELECT (card) ON users.public_business TO svc_bizconnect;
-- For the length of this migration.
GRANT SELECT (id, state) ON users.business TO own_bizconnect;
CREATE POLICY filling ON users.business FOR SELECT TO own_bizconnect USING (true);

SET ROLE own_listings;
GRANT SELECT (business_id, type, category, attributes, published_at, expires_at) ON listings.public_listing TO svc_bizconnect;
GRANT SELECT (business_id, type, category, expires_at) ON listings.public_listing TO job_bizconnect;
CREATE POLICY anyone_read_bizconnect ON listings.public_listing FOR SELECT TO svc_bizconnect, job_bizconnect USING (true);

SET ROLE own_bizconnect;

-- What a business is looked for by: only what anyone may see of it, and how it answers.
CREATE TABLE bizconnect.candidate (
    business_id UUID NOT NULL,
    slot BIGINT NOT NULL,
    region TEXT NOT NULL,
    country TEXT NOT NULL,
    city_id INTEGER NOT NULL,
    latitude DOUBLE PRECISION NOT NULL,
    longitude DOUBLE PRECISION NOT NULL,
    zone TEXT NOT NULL,
    language TEXT NOT NULL,
    categories TEXT [] NOT NULL,
    sectors TEXT [] NOT NULL,
    offers TEXT [] NOT NULL,
    requests TEXT [] NOT NULL,
    corridors TEXT [] NOT NULL,
    verification INTEGER NOT NULL,
    responsiveness DOUBLE PRECISION NOT NULL,
    keys BIGINT [] NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (business_id),
    CHECK (region IN ('africa', 'us', '')),
    CHECK (latitude BETWEEN -90 AND 90),
    CHECK (longitude BETWEEN -180 AND 180),
    CHECK (verification BETWEEN 0 AND 3),
    CHECK (responsiveness BETWEEN 0 AND 1)
);
CREATE UNIQUE INDEX candidate_slot ON bizconnect.candidate (slot);
CREATE INDEX candidate_due ON bizconnect.candidate (due_at, business_id);

-- Who stands in a group, in an order that no business chose: a few of a large one are read from any place.
CREATE TABLE bizconnect.candidate_key (
    key BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    PRIMARY KEY (key, slot)
);

-- What was shown to whom, why, and by which weights: the list of a business's day, and what is learnt from.
CREATE TABLE bizconnect.impression (
    business_id UUID NOT NULL,
    day DATE NOT NULL,
    position INTEGER NOT NULL,
    suggested_id UUID NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    explored BOOLEAN NOT NULL,
    weights INTEGER NOT NULL,
    reasons JSONB NOT NULL,
    shown_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (business_id, day, position),
    CHECK (business_id <> suggested_id),
    CHECK (position > 0),
    CHECK (score BETWEEN 0 AND 1)
);
CREATE UNIQUE INDEX impression_suggested ON bizconnect.impression (suggested_id, business_id, day);
CREATE INDEX impression_shown_at ON bizconnect.impression (shown_at);

ALTER TABLE bizconnect.candidate ENABLE ROW LEVEL SECURITY;
ALTER TABLE bizconnect.candidate FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON bizconnect.candidate TO own_bizconnect USING (true) WITH CHECK (true);
CREATE POLICY anyone_read ON bizconnect.candidate FOR SELECT TO svc_bizconnect USING (true);
CREATE POLICY jobs ON bizconnect.candidate FOR ALL TO job_bizconnect USING (true);

ALTER TABLE bizconnect.candidate_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE bizconnect.candidate_key FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON bizconnect.candidate_key TO own_bizconnect USING (true) WITH CHECK (true);
CREATE POLICY anyone_read ON bizconnect.candidate_key FOR SELECT TO svc_bizconnect USING (true);
CREATE POLICY jobs ON bizconnect.candidate_key FOR ALL TO job_bizconnect USING (true);

-- Who leads a business is shown its suggestions; what was shown is never changed.
ALTER TABLE bizconnect.impression ENABLE ROW LEVEL SECURITY;
ALTER TABLE bizconnect.impression FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON bizconnect.impression TO own_bizconnect USING (true) WITH CHECK (true);
CREATE POLICY managers_read ON bizconnect.impression FOR SELECT TO svc_bizconnect USING (
    business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid [])
);
CREATE POLICY managers_add ON bizconnect.impression FOR INSERT TO svc_bizconnect WITH CHECK (
    business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid [])
);
CREATE POLICY jobs ON bizconnect.impression FOR ALL TO job_bizconnect USING (true);

GRANT SELECT ON bizconnect.candidate, bizconnect.candidate_key TO svc_bizconnect;
GRANT SELECT, INSERT ON bizconnect.impression TO svc_bizconnect;
GRANT SELECT, INSERT, UPDATE, DELETE ON bizconnect.candidate TO job_bizconnect;
GRANT SELECT, INSERT, DELETE ON bizconnect.candidate_key TO job_bizconnect;
GRANT SELECT, DELETE ON bizconnect.impression TO job_bizconnect;

-- The businesses that there are already: due at once, so the first runs of the job fill their rows.
INSERT INTO bizconnect.candidate
SELECT id, hashtextextended(id::text, 1), '', '', 0, 0, 0, 'Etc/UTC', 'en', '{}', '{}', '{}', '{}', '{}', 0, 0.5, '{}', 'epoch'
FROM users.business WHERE state = 'active';

SET ROLE own_users;
DROP POLICY filling ON users.business;
REVOKE SELECT (id, state) ON users.business FROM own_bizconnect;
REVOKE USAGE ON SCHEMA users FROM own_bizconnect;
RESET ROLE;
