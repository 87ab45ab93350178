-- The first schema: accounts, businesses, listings, notifications, reviews, and the kernel's tables.
-- Each service's objects are made as its owner, so that ownership is right from the start.

CREATE SCHEMA users AUTHORIZATION own_users;
CREATE SCHEMA listings AUTHORIZATION own_listings;
CREATE SCHEMA notifications AUTHORIZATION own_notifications;
CREATE SCHEMA admin AUTHORIZATION own_admin;
CREATE SCHEMA search AUTHORIZATION own_search;
CREATE SCHEMA platform AUTHORIZATION own_platform;


SET ROLE own_users;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE users.account (
    id UUID NOT NULL,
    uid TEXT NOT NULL,
    roles TEXT[] NOT NULL,
    role_version INTEGER DEFAULT 1 NOT NULL,
    state TEXT DEFAULT 'active' NOT NULL,
    revoked_after timestamptz,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    country TEXT NOT NULL,
    language TEXT NOT NULL,
    zone TEXT NOT NULL,
    phone TEXT NOT NULL,
    phone_raw TEXT NOT NULL,
    phone_verified BOOLEAN NOT NULL,
    data_saver BOOLEAN DEFAULT false NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX account_uid ON users.account (uid);
CREATE UNIQUE INDEX account_verified_phone ON users.account (phone) WHERE phone_verified;

CREATE TABLE users.business (
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    categories TEXT[] NOT NULL,
    country TEXT NOT NULL,
    city_id INTEGER NOT NULL,
    latitude DOUBLE PRECISION NOT NULL,
    longitude DOUBLE PRECISION NOT NULL,
    zone TEXT NOT NULL,
    language TEXT NOT NULL,
    corridors TEXT[] NOT NULL,
    phone TEXT,
    verification TEXT DEFAULT 'none' NOT NULL,
    state TEXT DEFAULT 'active' NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX business_slug ON users.business (slug);

CREATE TABLE users.consent (
    user_id UUID NOT NULL,
    purpose TEXT NOT NULL,
    granted BOOLEAN NOT NULL,
    policy_version TEXT NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, purpose)
);

CREATE TABLE users.device (
    install_id UUID NOT NULL,
    user_id UUID NOT NULL,
    push_token TEXT NOT NULL,
    platform TEXT NOT NULL,
    app_version TEXT NOT NULL,
    seen_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (install_id)
);

CREATE UNIQUE INDEX device_push_token ON users.device (push_token);
CREATE INDEX device_user_id ON users.device (user_id);

CREATE TABLE users.membership (
    business_id UUID NOT NULL,
    user_id UUID NOT NULL,
    role TEXT NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (business_id, user_id)
);

CREATE INDEX membership_user_id ON users.membership (user_id);

CREATE TABLE users.public_business (
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    verification TEXT NOT NULL,
    country TEXT NOT NULL,
    city_id INTEGER NOT NULL,
    categories TEXT[] NOT NULL,
    search TSVECTOR NOT NULL,
    card TEXT NOT NULL,
    detail TEXT NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX public_business_categories ON users.public_business USING gin (categories) WITH (fastupdate = off);
CREATE INDEX public_business_city ON users.public_business (city_id, created_at, id);
CREATE INDEX public_business_country ON users.public_business (country, created_at, id);
CREATE INDEX public_business_newest ON users.public_business (created_at, id);
CREATE INDEX public_business_search ON users.public_business USING gin (search) WITH (fastupdate = off);
CREATE UNIQUE INDEX public_business_slug ON users.public_business (slug);
CREATE INDEX public_business_verified ON users.public_business (created_at, id) WHERE verification IN ('verified', 'trusted');

CREATE TABLE users.public_profile (
    user_id UUID NOT NULL,
    card TEXT NOT NULL,
    PRIMARY KEY (user_id)
);

CREATE TABLE users.verification_request (
    id UUID NOT NULL,
    business_id UUID NOT NULL,
    requested_by UUID NOT NULL,
    level TEXT NOT NULL,
    documents JSONB NOT NULL,
    state TEXT DEFAULT 'pending' NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    decided_at timestamptz,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX verification_request_open ON users.verification_request (business_id) WHERE state = 'pending';

ALTER TABLE users.account
    ADD CHECK (state IN ('active', 'suspended', 'banned', 'erasing', 'erased')),
    ADD CHECK (roles <@ ARRAY['consumer', 'business', 'admin', 'financial', 'partner'] AND cardinality(roles) > 0);
ALTER TABLE users.business
    ADD CHECK (state IN ('active', 'closed')),
    ADD CHECK (verification IN ('none', 'basic', 'verified', 'trusted')),
    ADD CHECK (latitude BETWEEN -90 AND 90), ADD CHECK (longitude BETWEEN -180 AND 180);
ALTER TABLE users.membership
    ADD CHECK (role IN ('owner', 'manager', 'agent')),
    ADD FOREIGN KEY (business_id) REFERENCES users.business (id),
    ADD FOREIGN KEY (user_id) REFERENCES users.account (id);
ALTER TABLE users.consent ADD FOREIGN KEY (user_id) REFERENCES users.account (id);
ALTER TABLE users.device ADD FOREIGN KEY (user_id) REFERENCES users.account (id);
ALTER TABLE users.public_profile ADD FOREIGN KEY (user_id) REFERENCES users.account (id);
ALTER TABLE users.public_business ADD FOREIGN KEY (id) REFERENCES users.business (id);
ALTER TABLE users.verification_request
    ADD CHECK (level IN ('basic', 'verified', 'trusted')),
    ADD CHECK (state IN ('pending', 'approved', 'rejected', 'withdrawn')),
    ADD FOREIGN KEY (business_id) REFERENCES users.business (id);

-- Travels with BEGIN: finds the account of a verified token, tells row-level security who calls,
-- and sends the nonce back so that the caller knows the replies are in step.
CREATE FUNCTION users.begin_request(token_uid text, nonce text)
RETURNS TABLE (echoed text, user_id uuid, roles text[], state text, revoked_after timestamptz, businesses text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    found_account users.account;
    memberships text[];
BEGIN
    SELECT * INTO found_account FROM users.account WHERE uid = token_uid;
    memberships := ARRAY(
        SELECT m.business_id || ':' || m.role FROM users.membership AS m
        WHERE m.user_id = found_account.id ORDER BY m.business_id LIMIT 100);
    PERFORM set_config('app.uid', token_uid, true),
        set_config('app.user_id', coalesce(found_account.id::text, ''), true),
        set_config('app.is_admin', coalesce('admin' = ANY (found_account.roles), false)::text, true),
        set_config('app.businesses', coalesce(
            (SELECT string_agg(left(m, 36), ',') FROM unnest(memberships) AS m), ''), true);
    RETURN QUERY SELECT nonce, found_account.id, found_account.roles, found_account.state,
        found_account.revoked_after, memberships;
END $$;

-- An install has one owner at a time and a push token one install: the person who signs in takes
-- both, whoever held them before. Row-level security would hide the other person's row, and the
-- lock makes two installs that claim one token take turns.
CREATE FUNCTION users.take_device(install uuid, token text, kind text, version text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('users.device:' || token, 0));
    DELETE FROM users.device WHERE push_token = token AND install_id <> install;
    INSERT INTO users.device (install_id, user_id, push_token, platform, app_version)
    VALUES (install, nullif(current_setting('app.user_id', true), '')::uuid, token, kind, version)
    ON CONFLICT (install_id) DO UPDATE SET user_id = excluded.user_id, push_token = excluded.push_token,
        platform = excluded.platform, app_version = excluded.app_version, seen_at = clock_timestamp();
$$;

-- Networks give unused numbers to new people: whoever proved a number last is the one who has it.
-- Row-level security would hide the account that had it before.
CREATE FUNCTION users.take_phone(number text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('users.phone:' || number, 0));
    UPDATE users.account SET phone_verified = false, version = version + 1, updated_at = clock_timestamp()
    WHERE phone = number AND phone_verified
        AND id <> nullif(current_setting('app.user_id', true), '')::uuid;
$$;

-- Who belongs to a business may act as one. It reaches members of the caller's businesses only.
CREATE FUNCTION users.grant_business_role(person uuid)
RETURNS TABLE (uid text, roles text[], role_version integer)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE users.account AS a
    SET roles = a.roles || 'business'::text, role_version = a.role_version + 1,
        version = a.version + 1, updated_at = clock_timestamp()
    WHERE a.id = person AND NOT 'business' = ANY (a.roles) AND EXISTS (
        SELECT FROM users.membership AS m WHERE m.user_id = person AND m.business_id = ANY (
            string_to_array(nullif(current_setting('app.businesses', true), ''), ',')::uuid[]))
    RETURNING a.uid, a.roles, a.role_version;
$$;

ALTER TABLE users.account ENABLE ROW LEVEL SECURITY;
ALTER TABLE users.account FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON users.account TO own_users USING (true) WITH CHECK (true);
ALTER TABLE users.consent ENABLE ROW LEVEL SECURITY;
ALTER TABLE users.consent FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON users.consent TO own_users USING (true) WITH CHECK (true);
ALTER TABLE users.device ENABLE ROW LEVEL SECURITY;
ALTER TABLE users.device FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON users.device TO own_users USING (true) WITH CHECK (true);
ALTER TABLE users.business ENABLE ROW LEVEL SECURITY;
ALTER TABLE users.business FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON users.business TO own_users USING (true) WITH CHECK (true);
ALTER TABLE users.membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE users.membership FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON users.membership TO own_users USING (true) WITH CHECK (true);
ALTER TABLE users.verification_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE users.verification_request FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON users.verification_request TO own_users USING (true) WITH CHECK (true);
CREATE POLICY own ON users.account FOR ALL TO svc_users
    USING (id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid))
    WITH CHECK (uid = (SELECT nullif(current_setting('app.uid', true), '')));
CREATE POLICY own ON users.consent FOR ALL TO svc_users
    USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));
CREATE POLICY own ON users.device FOR ALL TO svc_users
    USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));
CREATE POLICY members ON users.business FOR ALL TO svc_users
    USING (id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY members ON users.membership FOR ALL TO svc_users
    USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]) OR user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid))
    WITH CHECK (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY members ON users.verification_request FOR ALL TO svc_users
    USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY jobs ON users.account FOR ALL TO job_users
    USING (true);
CREATE POLICY jobs ON users.consent FOR ALL TO job_users
    USING (true);
CREATE POLICY jobs ON users.device FOR ALL TO job_users
    USING (true);
CREATE POLICY jobs ON users.business FOR ALL TO job_users
    USING (true);
CREATE POLICY jobs ON users.membership FOR ALL TO job_users
    USING (true);
CREATE POLICY jobs ON users.verification_request FOR ALL TO job_users
    USING (true);
CREATE POLICY reader ON users.account FOR SELECT TO job_notifications
    USING (true);
CREATE POLICY reader ON users.membership FOR SELECT TO job_notifications
    USING (true);
CREATE POLICY reader ON users.business FOR SELECT TO svc_listings
    USING (id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY job_reader ON users.business FOR SELECT TO job_listings
    USING (true);

GRANT USAGE ON SCHEMA users TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
GRANT EXECUTE ON FUNCTION users.begin_request(text, text) TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform;
GRANT EXECUTE ON FUNCTION users.take_device(uuid, text, text, text) TO svc_users;
GRANT EXECUTE ON FUNCTION users.take_phone(text), users.grant_business_role(uuid) TO svc_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA users TO svc_users, job_users;
REVOKE DELETE ON users.account, users.business FROM svc_users, job_users;
-- Nobody gives himself a role or lifts his own suspension, whatever the code forgets.
REVOKE UPDATE ON users.account FROM svc_users;
GRANT UPDATE (given_name, family_name, country, language, zone, phone, phone_raw, phone_verified, data_saver,
    revoked_after, version, updated_at) ON users.account TO svc_users;
GRANT SELECT ON users.public_profile, users.public_business TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
GRANT SELECT (id, language, state) ON users.account TO job_notifications;
GRANT SELECT ON users.membership TO job_notifications;
GRANT SELECT (id, name, slug, verification, state, zone) ON users.business TO svc_listings, job_listings;
RESET ROLE;

SET ROLE own_listings;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE listings.category (
    id TEXT NOT NULL,
    parent TEXT,
    position INTEGER NOT NULL,
    names JSONB NOT NULL,
    version INTEGER NOT NULL,
    attributes JSONB NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE listings.listing (
    id UUID NOT NULL,
    business_id UUID NOT NULL,
    author_id UUID NOT NULL,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    language TEXT NOT NULL,
    category TEXT NOT NULL,
    attributes JSONB NOT NULL,
    attributes_version INTEGER NOT NULL,
    price_kind TEXT NOT NULL,
    price_minor BIGINT,
    price_max_minor BIGINT,
    currency TEXT,
    price_unit TEXT,
    country TEXT NOT NULL,
    city_id INTEGER NOT NULL,
    latitude DOUBLE PRECISION NOT NULL,
    longitude DOUBLE PRECISION NOT NULL,
    reach TEXT NOT NULL,
    folded_title TEXT NOT NULL,
    folded_text TEXT NOT NULL,
    duration_hours INTEGER NOT NULL,
    published_at timestamptz,
    expires_at timestamptz,
    outcome TEXT,
    rejection_reason TEXT,
    rejection_note TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX listing_business ON listings.listing (business_id, created_at, id);
CREATE INDEX listing_due ON listings.listing (expires_at, id) WHERE state IN ('published', 'paused');

CREATE TABLE listings.public_listing (
    id UUID NOT NULL,
    business_id UUID NOT NULL,
    type TEXT NOT NULL,
    sector TEXT NOT NULL,
    category TEXT NOT NULL,
    country TEXT NOT NULL,
    city_id INTEGER NOT NULL,
    price_minor BIGINT,
    currency TEXT,
    verified BOOLEAN NOT NULL,
    attributes JSONB NOT NULL,
    search TSVECTOR NOT NULL,
    place CUBE NOT NULL,
    published_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    card TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX public_listing_business ON listings.public_listing (business_id);
CREATE INDEX public_listing_category ON listings.public_listing (category, published_at, id);
CREATE INDEX public_listing_city ON listings.public_listing (city_id, published_at, id);
CREATE INDEX public_listing_city_category ON listings.public_listing (city_id, category, published_at, id);
CREATE INDEX public_listing_country ON listings.public_listing (country, published_at, id);
CREATE INDEX public_listing_country_category ON listings.public_listing (country, category, published_at, id);
CREATE INDEX public_listing_country_sector ON listings.public_listing (country, sector, published_at, id);
CREATE INDEX public_listing_newest ON listings.public_listing (published_at, id);
CREATE INDEX public_listing_place ON listings.public_listing USING gist (place);
CREATE INDEX public_listing_price ON listings.public_listing (currency, price_minor, id);
CREATE INDEX public_listing_price_category ON listings.public_listing (currency, category, price_minor, id);
CREATE INDEX public_listing_price_sector ON listings.public_listing (currency, sector, price_minor, id);
CREATE INDEX public_listing_search ON listings.public_listing USING gin (search) WITH (fastupdate = off);
CREATE INDEX public_listing_sector ON listings.public_listing (sector, published_at, id);

-- Rows are read by the thousand to be filtered and by the score to be shown: what is shown, and the
-- vector that only its index is asked for, lie beside the table, uncompressed.
ALTER TABLE listings.public_listing
    ALTER card SET STORAGE EXTERNAL, ALTER detail SET STORAGE EXTERNAL, ALTER search SET STORAGE EXTERNAL,
    SET (toast_tuple_target = 256);

CREATE TABLE listings.reminder (
    listing_id UUID NOT NULL,
    expires_at timestamptz NOT NULL,
    kind TEXT NOT NULL,
    sent_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (listing_id, expires_at, kind)
);

CREATE TABLE listings.transition (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    listing_id UUID NOT NULL,
    business_id UUID NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    actor_id UUID,
    reason TEXT,
    at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX transition_listing ON listings.transition (listing_id, id);

ALTER TABLE listings.category ADD FOREIGN KEY (parent) REFERENCES listings.category (id);
ALTER TABLE listings.listing
    ADD CHECK (type IN ('offer', 'request')),
    ADD CHECK (state IN ('pending', 'published', 'paused', 'rejected', 'closed', 'expired', 'removed')),
    ADD CHECK (price_kind IN ('fixed', 'range', 'per_unit', 'negotiable')),
    ADD CHECK (reach IN ('city', 'nationwide', 'ships_abroad')),
    ADD CHECK (price_minor >= 0), ADD CHECK (price_max_minor >= price_minor),
    ADD CHECK ((price_minor IS NULL) = (currency IS NULL)),
    ADD CHECK (price_kind = 'negotiable' OR price_minor IS NOT NULL),
    ADD CHECK (latitude BETWEEN -90 AND 90), ADD CHECK (longitude BETWEEN -180 AND 180),
    ADD CHECK (duration_hours BETWEEN 24 AND 96),
    ADD CHECK (state NOT IN ('published', 'paused') OR (expires_at IS NOT NULL AND published_at IS NOT NULL)),
    ADD FOREIGN KEY (category) REFERENCES listings.category (id);
ALTER TABLE listings.transition ADD FOREIGN KEY (listing_id) REFERENCES listings.listing (id);
ALTER TABLE listings.reminder ADD FOREIGN KEY (listing_id) REFERENCES listings.listing (id);
ALTER TABLE listings.public_listing ADD FOREIGN KEY (id) REFERENCES listings.listing (id);

-- The state machine, where no code path can go around it.
CREATE FUNCTION listings.check_transition() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF old.state <> new.state AND (old.state || '>' || new.state) NOT IN (
        'pending>published', 'pending>rejected', 'pending>closed', 'pending>removed',
        'published>paused', 'published>closed', 'published>expired', 'published>removed', 'published>pending',
        'paused>published', 'paused>closed', 'paused>expired', 'paused>removed',
        'rejected>pending', 'rejected>removed',
        'expired>published', 'expired>closed', 'expired>removed',
        'closed>removed')
    THEN
        RAISE EXCEPTION 'a listing does not go from % to %', old.state, new.state USING ERRCODE = '23514', CONSTRAINT = 'listing_transition';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER check_transition BEFORE UPDATE OF state ON listings.listing
    FOR EACH ROW EXECUTE FUNCTION listings.check_transition();

ALTER TABLE listings.listing ENABLE ROW LEVEL SECURITY;
ALTER TABLE listings.listing FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON listings.listing TO own_listings USING (true) WITH CHECK (true);
ALTER TABLE listings.transition ENABLE ROW LEVEL SECURITY;
ALTER TABLE listings.transition FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON listings.transition TO own_listings USING (true) WITH CHECK (true);
ALTER TABLE listings.reminder ENABLE ROW LEVEL SECURITY;
ALTER TABLE listings.reminder FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON listings.reminder TO own_listings USING (true) WITH CHECK (true);
CREATE POLICY members ON listings.listing FOR ALL TO svc_listings
    USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY members ON listings.transition FOR ALL TO svc_listings
    USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY jobs ON listings.listing FOR ALL TO job_listings
    USING (true);
CREATE POLICY jobs ON listings.transition FOR ALL TO job_listings
    USING (true);
CREATE POLICY jobs ON listings.reminder FOR ALL TO job_listings
    USING (true);

GRANT USAGE ON SCHEMA listings TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
GRANT SELECT, INSERT, UPDATE ON listings.listing TO svc_listings, job_listings;
GRANT SELECT, INSERT ON listings.transition TO svc_listings, job_listings;
GRANT SELECT, INSERT, DELETE ON listings.reminder TO job_listings;
GRANT SELECT, INSERT, UPDATE, DELETE ON listings.public_listing TO svc_listings, job_listings;
GRANT SELECT ON listings.public_listing TO svc_search;
GRANT SELECT ON listings.category TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
RESET ROLE;

SET ROLE own_notifications;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE notifications.notification (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    type TEXT NOT NULL,
    subject_id UUID NOT NULL,
    deduplication TEXT NOT NULL,
    language TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    parameters JSONB NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (id)
);

CREATE INDEX notification_feed ON notifications.notification (user_id, created_at, id);
CREATE UNIQUE INDEX notification_once ON notifications.notification (user_id, deduplication);
CREATE INDEX notification_unread ON notifications.notification (user_id, created_at, id) WHERE read_at IS NULL;

ALTER TABLE notifications.notification ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications.notification FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON notifications.notification TO own_notifications USING (true) WITH CHECK (true);
CREATE POLICY own ON notifications.notification FOR ALL TO svc_notifications
    USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));
CREATE POLICY jobs ON notifications.notification FOR ALL TO job_notifications
    USING (true);

GRANT USAGE ON SCHEMA notifications TO svc_notifications, job_notifications;
GRANT SELECT, UPDATE (read_at, version) ON notifications.notification TO svc_notifications;
GRANT SELECT, INSERT ON notifications.notification TO job_notifications;
RESET ROLE;

SET ROLE own_admin;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE admin.review (
    id UUID NOT NULL,
    target_type TEXT NOT NULL,
    target_id UUID NOT NULL,
    target_version INTEGER NOT NULL,
    business_id UUID NOT NULL,
    snapshot JSONB NOT NULL,
    state TEXT DEFAULT 'pending' NOT NULL,
    leased_by UUID,
    leased_until timestamptz,
    decided_by UUID,
    decided_at timestamptz,
    reason TEXT,
    note TEXT,
    submitted_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX review_queue ON admin.review (target_type, state, submitted_at, id);
CREATE UNIQUE INDEX review_target ON admin.review (target_type, target_id);

ALTER TABLE admin.review
    ADD CHECK (state IN ('pending', 'approved', 'rejected', 'withdrawn')),
    ADD CHECK (target_type IN ('listing')),
    ADD CHECK (state IN ('pending', 'withdrawn') = (decided_by IS NULL));

ALTER TABLE admin.review ENABLE ROW LEVEL SECURITY;
ALTER TABLE admin.review FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON admin.review TO own_admin USING (true) WITH CHECK (true);
CREATE POLICY admins ON admin.review FOR ALL TO svc_admin
    USING ((SELECT current_setting('app.is_admin', true)) = 'true');
CREATE POLICY jobs ON admin.review FOR ALL TO job_admin
    USING (true);

GRANT USAGE ON SCHEMA admin TO svc_admin, job_admin;
GRANT SELECT, UPDATE ON admin.review TO svc_admin;
GRANT SELECT, INSERT, UPDATE ON admin.review TO job_admin;
RESET ROLE;

SET ROLE own_platform;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE platform.change (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    transaction XID8 NOT NULL,
    audience UUID NOT NULL,
    entity TEXT NOT NULL,
    entity_id UUID NOT NULL,
    operation TEXT NOT NULL,
    version INTEGER NOT NULL,
    changed_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX change_audience ON platform.change (audience, transaction, id);
CREATE INDEX change_changed_at ON platform.change (changed_at);

CREATE TABLE platform.city (
    id SERIAL NOT NULL,
    country TEXT NOT NULL,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    alternate_names TEXT[] NOT NULL,
    latitude DOUBLE PRECISION NOT NULL,
    longitude DOUBLE PRECISION NOT NULL,
    population INTEGER NOT NULL,
    zone TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX city_country_folded_name ON platform.city (country, folded_name text_pattern_ops);

CREATE TABLE platform.country (
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    calling_code TEXT NOT NULL,
    languages TEXT[] NOT NULL,
    zones TEXT[] NOT NULL,
    PRIMARY KEY (code)
);

CREATE TABLE platform.currency (
    code TEXT NOT NULL,
    exponent INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (code)
);

CREATE TABLE platform.failed_task (
    id UUID NOT NULL,
    queue TEXT NOT NULL,
    function TEXT NOT NULL,
    body TEXT NOT NULL,
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    failed_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX failed_task_failed_at ON platform.failed_task (failed_at);

CREATE TABLE platform.idempotency_key (
    actor TEXT NOT NULL,
    operation TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    status INTEGER,
    headers JSONB,
    body TEXT,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (actor, operation, key)
);

CREATE INDEX idempotency_key_created_at ON platform.idempotency_key (created_at);

CREATE TABLE platform.inbox (
    handler TEXT NOT NULL,
    event_id UUID NOT NULL,
    handled_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (handler, event_id)
);

CREATE INDEX inbox_handled_at ON platform.inbox (handled_at);

CREATE TABLE platform.outbox (
    id UUID NOT NULL,
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    topic TEXT NOT NULL,
    type TEXT NOT NULL,
    ordering_key TEXT,
    due_at timestamptz,
    body TEXT NOT NULL,
    traceparent TEXT,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (id)
);

CREATE INDEX outbox_sent ON platform.outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_unsent ON platform.outbox (seq) WHERE sent_at IS NULL;

CREATE UNLOGGED TABLE platform.rate_limit (
    key TEXT NOT NULL,
    full_at timestamptz NOT NULL,
    PRIMARY KEY (key)
) WITH (fillfactor = 60);

CREATE INDEX rate_limit_full_at ON platform.rate_limit (full_at);

ALTER TABLE platform.outbox ADD CHECK (kind IN ('event', 'task'));
ALTER TABLE platform.currency ADD CHECK (exponent BETWEEN 0 AND 3);
ALTER TABLE platform.change ADD CHECK (operation IN ('upsert', 'delete'));

-- The change feed: every change of a followed row, in the transaction that makes it. Arguments:
-- entity, the column that names its audience, and the states in which the row counts as deleted.
CREATE FUNCTION platform.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed jsonb := to_jsonb(CASE WHEN tg_op = 'DELETE' THEN old ELSE new END);
    gone boolean := tg_op = 'DELETE' OR coalesce(changed ->> 'state' = ANY (string_to_array(tg_argv[2], ',')), false);
BEGIN
    INSERT INTO platform.change (transaction, audience, entity, entity_id, operation, version)
    VALUES (pg_current_xact_id(), (changed ->> tg_argv[1])::uuid, tg_argv[0], (changed ->> 'id')::uuid,
        CASE WHEN gone THEN 'delete' ELSE 'upsert' END, (changed ->> 'version')::int);
    RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION platform.record_change() TO own_listings, own_notifications;

-- Takes one call from a bucket (GCRA) if there is one, in a single statement: many at once never
-- take more than there is. By the clock, not by the start of the transaction: that would be stale
-- after waiting for the row.
CREATE FUNCTION platform.take_token(bucket_key text, seconds_a_call float8, seconds_of_burst float8)
RETURNS TABLE (granted boolean, seconds_to_full float8)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH taken AS (
        INSERT INTO platform.rate_limit AS bucket (key, full_at)
        VALUES (bucket_key, clock_timestamp() + make_interval(secs => seconds_a_call))
        ON CONFLICT (key) DO UPDATE
        SET full_at = greatest(bucket.full_at, clock_timestamp())
            + make_interval(secs => seconds_a_call)
        WHERE greatest(bucket.full_at, clock_timestamp()) + make_interval(secs => seconds_a_call)
            <= clock_timestamp() + make_interval(secs => seconds_of_burst)
        RETURNING full_at
    )
    SELECT EXISTS (SELECT FROM taken),
        extract(epoch FROM coalesce((SELECT full_at FROM taken),
            (SELECT full_at FROM platform.rate_limit WHERE key = bucket_key),
            clock_timestamp()) - clock_timestamp())::float8;
$$;

ALTER TABLE platform.idempotency_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.idempotency_key FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.idempotency_key TO own_platform USING (true) WITH CHECK (true);
ALTER TABLE platform.change ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.change FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.change TO own_platform USING (true) WITH CHECK (true);
CREATE POLICY own ON platform.idempotency_key FOR ALL TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform
    USING (actor = (SELECT nullif(current_setting('app.uid', true), '')));
CREATE POLICY jobs ON platform.idempotency_key FOR ALL TO job_platform
    USING (true);
CREATE POLICY own ON platform.change FOR SELECT TO svc_platform
    USING (audience = (SELECT nullif(current_setting('app.user_id', true), '')::uuid) OR audience = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY jobs ON platform.change FOR ALL TO job_platform
    USING (true);

GRANT USAGE ON SCHEMA platform TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform, own_listings, own_notifications;
GRANT INSERT, SELECT (id, sent_at), UPDATE (sent_at) ON platform.outbox TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
GRANT SELECT, DELETE ON platform.outbox TO job_platform;
GRANT INSERT ON platform.inbox TO job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
GRANT SELECT, DELETE ON platform.inbox TO job_platform;
GRANT SELECT, INSERT, UPDATE ON platform.idempotency_key TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform;
GRANT SELECT, DELETE ON platform.idempotency_key TO job_platform;
GRANT SELECT, INSERT, UPDATE ON platform.rate_limit TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform;
GRANT EXECUTE ON FUNCTION platform.take_token(text, float8, float8) TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform;
GRANT SELECT, DELETE ON platform.rate_limit TO job_platform;
GRANT INSERT ON platform.failed_task TO job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
GRANT SELECT, DELETE ON platform.failed_task TO job_platform;
GRANT SELECT ON platform.change TO svc_platform;
GRANT SELECT, DELETE ON platform.change TO job_platform;
GRANT SELECT ON platform.currency, platform.country, platform.city TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
RESET ROLE;

SET ROLE own_listings;
CREATE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON listings.listing
    FOR EACH ROW EXECUTE FUNCTION platform.record_change('listing', 'business_id', 'removed');
SET ROLE own_notifications;
CREATE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON notifications.notification
    FOR EACH ROW EXECUTE FUNCTION platform.record_change('notification', 'user_id', '');
RESET ROLE;
