-- Every table with rows that callers cause is behind row-level security, what anyone may read too:
-- a policy of `true` for SELECT adds no condition to a plan, and writes are the owner's alone. A role
-- may do what its statements need (shared/tables/grants.py), and the members of a business are told
-- apart where they write.

SET ROLE own_users;

-- As before, and it tells row-level security which businesses the caller manages and which he owns.
CREATE OR REPLACE FUNCTION users.begin_request(token_uid text, nonce text)
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
        set_config('app.businesses', coalesce(string_agg(left(m, 36), ','), ''), true),
        set_config('app.managed', coalesce(
            string_agg(left(m, 36), ',') FILTER (WHERE substr(m, 38) IN ('owner', 'manager')), ''), true),
        set_config('app.owned', coalesce(
            string_agg(left(m, 36), ',') FILTER (WHERE substr(m, 38) = 'owner'), ''), true)
    FROM unnest(memberships) AS m;
    RETURN QUERY SELECT nonce, found_account.id, found_account.roles, found_account.state,
        found_account.revoked_after, memberships;
END $$;

-- As before, and it reaches members of the businesses alone that the caller manages.
CREATE OR REPLACE FUNCTION users.grant_business_role(person uuid)
RETURNS TABLE (uid text, roles text[], role_version integer)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE users.account AS a
    SET roles = a.roles || 'business'::text, role_version = a.role_version + 1,
        version = a.version + 1, updated_at = clock_timestamp()
    WHERE a.id = person AND NOT 'business' = ANY (a.roles) AND EXISTS (
        SELECT FROM users.membership AS m WHERE m.user_id = person AND m.business_id = ANY (
            string_to_array(nullif(current_setting('app.managed', true), ''), ',')::uuid[]))
    RETURNING a.uid, a.roles, a.role_version;
$$;

-- A lock asks for USING, a change for WITH CHECK too: an agent may lock a business, to leave it in
-- turn, and not change it. One policy a command and role: several would all be asked.
DROP POLICY members ON users.business;
CREATE POLICY members_read ON users.business FOR SELECT TO svc_users
    USING (id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY owners_add ON users.business FOR INSERT TO svc_users
    WITH CHECK (id = ANY ((SELECT string_to_array(nullif(current_setting('app.owned', true), ''), ','))::uuid[]));
CREATE POLICY managers_change ON users.business FOR UPDATE TO svc_users
    USING (id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]))
    WITH CHECK (id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid[]));

-- Owners make anybody anything, managers make agents. Whoever belongs to a business may be taken out
-- by whom the code allows: a leaver is an agent too, and the row no longer says who asked.
DROP POLICY members ON users.membership;
CREATE POLICY members_read ON users.membership FOR SELECT TO svc_users
    USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[])
        OR user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));
CREATE POLICY managers_add ON users.membership FOR INSERT TO svc_users
    WITH CHECK (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.owned', true), ''), ','))::uuid[])
        OR (role = 'agent' AND business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid[])));
CREATE POLICY managers_change ON users.membership FOR UPDATE TO svc_users
    USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]))
    WITH CHECK (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.owned', true), ''), ','))::uuid[])
        OR (role = 'agent' AND business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid[])));
CREATE POLICY members_remove ON users.membership FOR DELETE TO svc_users
    USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[])
        OR user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));

DROP POLICY members ON users.verification_request;
CREATE POLICY members_read ON users.verification_request FOR SELECT TO svc_users
    USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY managers_add ON users.verification_request FOR INSERT TO svc_users
    WITH CHECK (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid[]));

ALTER TABLE users.public_profile ENABLE ROW LEVEL SECURITY;
ALTER TABLE users.public_profile FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON users.public_profile TO own_users USING (true) WITH CHECK (true);
CREATE POLICY anyone_read ON users.public_profile FOR SELECT TO svc_users USING (true);
CREATE POLICY own_add ON users.public_profile FOR INSERT TO svc_users
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));
CREATE POLICY own_change ON users.public_profile FOR UPDATE TO svc_users
    USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));

ALTER TABLE users.public_business ENABLE ROW LEVEL SECURITY;
ALTER TABLE users.public_business FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON users.public_business TO own_users USING (true) WITH CHECK (true);
CREATE POLICY anyone_read ON users.public_business FOR SELECT TO svc_users USING (true);
CREATE POLICY managers_add ON users.public_business FOR INSERT TO svc_users
    WITH CHECK (id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid[]));
CREATE POLICY managers_change ON users.public_business FOR UPDATE TO svc_users
    USING (id = ANY ((SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid[]));
RESET ROLE;

SET ROLE own_listings;
-- Every member posts and edits; whoever removes a listing manages the business.
DROP POLICY members ON listings.listing;
CREATE POLICY members_read ON listings.listing FOR SELECT TO svc_listings
    USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY members_add ON listings.listing FOR INSERT TO svc_listings
    WITH CHECK (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY members_change ON listings.listing FOR UPDATE TO svc_listings
    USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]))
    WITH CHECK (business_id = ANY (CASE WHEN state = 'removed'
        THEN (SELECT string_to_array(nullif(current_setting('app.managed', true), ''), ','))::uuid[]
        ELSE (SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[] END));

ALTER TABLE listings.public_listing ENABLE ROW LEVEL SECURITY;
ALTER TABLE listings.public_listing FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON listings.public_listing TO own_listings USING (true) WITH CHECK (true);
CREATE POLICY anyone_read ON listings.public_listing FOR SELECT TO svc_listings, svc_search USING (true);
CREATE POLICY members_add ON listings.public_listing FOR INSERT TO svc_listings
    WITH CHECK (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY members_change ON listings.public_listing FOR UPDATE TO svc_listings
    USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY members_remove ON listings.public_listing FOR DELETE TO svc_listings
    USING (business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.businesses', true), ''), ','))::uuid[]));
CREATE POLICY jobs ON listings.public_listing FOR ALL TO job_listings USING (true);
RESET ROLE;

SET ROLE own_admin;
-- Nobody decides on, or leases, what his own business submitted.
DROP POLICY admins ON admin.review;
CREATE POLICY admins_read ON admin.review FOR SELECT TO svc_admin
    USING ((SELECT current_setting('app.is_admin', true)) = 'true');
CREATE POLICY admins_decide ON admin.review FOR UPDATE TO svc_admin
    USING ((SELECT current_setting('app.is_admin', true)) = 'true')
    WITH CHECK ((SELECT current_setting('app.is_admin', true)) = 'true' AND business_id <> ALL ((
        SELECT string_to_array(coalesce(current_setting('app.businesses', true), ''), ','))::uuid[]));
RESET ROLE;

SET ROLE own_platform;
-- A service stores, sees and marks its own messages, and the relay all of them. Those that wait while
-- this runs are found by their topic.
ALTER TABLE platform.outbox ADD COLUMN service TEXT;
ALTER TABLE platform.outbox ALTER COLUMN service SET DEFAULT substr(CURRENT_USER, 5);
UPDATE platform.outbox SET service = topic WHERE sent_at IS NULL AND kind = 'event';

-- As before, and a service reaches its own buckets only, and only by what a limit can be.
CREATE OR REPLACE FUNCTION platform.take_token(bucket_key text, seconds_a_call float8, seconds_of_burst float8,
    caller text, called text, key_sent text, hash_sent text)
RETURNS TABLE (granted boolean, seconds_to_full float8, taken boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own_key text := session_user || ':' || bucket_key;
    full_then timestamptz;
BEGIN
    IF (seconds_a_call > 0 AND seconds_a_call <= seconds_of_burst AND seconds_of_burst <= 86400) IS NOT TRUE THEN
        RAISE EXCEPTION 'no limit is like this' USING ERRCODE = '22023';
    END IF;
    taken := NOT EXISTS (SELECT FROM platform.idempotency_key AS k
        WHERE k.actor = caller AND k.operation = called AND k.key = key_sent
            AND k.request_hash = decode(hash_sent, 'hex'));
    granted := true;
    IF taken THEN
        INSERT INTO platform.rate_limit AS bucket (key, full_at)
        VALUES (own_key, clock_timestamp() + make_interval(secs => seconds_a_call))
        ON CONFLICT (key) DO UPDATE
        SET full_at = greatest(bucket.full_at, clock_timestamp())
            + make_interval(secs => seconds_a_call)
        WHERE greatest(bucket.full_at, clock_timestamp()) + make_interval(secs => seconds_a_call)
            <= clock_timestamp() + make_interval(secs => seconds_of_burst)
        RETURNING full_at INTO full_then;
        granted := FOUND;
        taken := FOUND;
    END IF;
    IF NOT taken THEN
        SELECT full_at INTO full_then FROM platform.rate_limit WHERE key = own_key;
    END IF;
    seconds_to_full := greatest(0, extract(epoch FROM full_then - clock_timestamp()));
    RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION platform.return_token(bucket_key text, seconds_a_call float8) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE platform.rate_limit SET full_at = full_at - make_interval(secs => greatest(0, seconds_a_call))
    WHERE key = session_user || ':' || bucket_key;
$$;

-- For the release before, which cannot write the table itself any more.
CREATE OR REPLACE FUNCTION platform.take_token(bucket_key text, seconds_a_call float8, seconds_of_burst float8)
RETURNS TABLE (granted boolean, seconds_to_full float8)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.granted, t.seconds_to_full
    FROM platform.take_token(bucket_key, seconds_a_call, seconds_of_burst, NULL, NULL, NULL, NULL) AS t;
$$;

ALTER TABLE platform.outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.outbox TO own_platform USING (true) WITH CHECK (true);
CREATE POLICY relay ON platform.outbox FOR ALL TO job_platform USING (true);
CREATE POLICY own ON platform.outbox FOR ALL TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search
    USING (service = (SELECT substr(CURRENT_USER, 5)));

ALTER TABLE platform.inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.inbox FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.inbox TO own_platform USING (true) WITH CHECK (true);
CREATE POLICY purge ON platform.inbox FOR ALL TO job_platform USING (true);
CREATE POLICY note ON platform.inbox FOR INSERT TO job_users, job_listings, job_notifications, job_admin, job_search
    WITH CHECK (event_id IS NOT NULL);

ALTER TABLE platform.failed_task ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.failed_task FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.failed_task TO own_platform USING (true) WITH CHECK (true);
CREATE POLICY keep ON platform.failed_task FOR INSERT TO job_users, job_listings, job_notifications, job_admin, job_search, job_platform
    WITH CHECK (id IS NOT NULL);

ALTER TABLE platform.rate_limit ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.rate_limit FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.rate_limit TO own_platform USING (true) WITH CHECK (true);
CREATE POLICY purge ON platform.rate_limit FOR ALL TO job_platform USING (true);

ALTER TABLE platform.audit_chain ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.audit_chain FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.audit_chain TO own_platform USING (true) WITH CHECK (true);
CREATE POLICY jobs ON platform.audit_chain FOR SELECT TO job_platform USING (true);

ALTER TABLE platform.audit_checkpoint ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.audit_checkpoint FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.audit_checkpoint TO own_platform USING (true) WITH CHECK (true);
CREATE POLICY jobs ON platform.audit_checkpoint FOR ALL TO job_platform USING (true);
RESET ROLE;

-- Printed by `python -m functions grants`.
SET ROLE own_users;
REVOKE ALL ON SCHEMA users FROM svc_users, svc_listings, svc_notifications, svc_admin, svc_search,
svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
REVOKE ALL ON ALL TABLES IN SCHEMA users FROM svc_users, svc_listings, svc_notifications, svc_admin,
svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA users FROM svc_users, svc_listings, svc_notifications, svc_admin,
svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
GRANT USAGE ON SCHEMA users TO job_listings, job_notifications, job_users, svc_admin, svc_listings,
svc_notifications, svc_platform, svc_search, svc_users;
GRANT SELECT (id, language, state) ON users.account TO job_notifications;
GRANT SELECT (id, uid, roles, role_version) ON users.account TO job_users;
GRANT SELECT, INSERT (id, uid, roles, given_name, family_name, country, language, zone, phone, phone_raw,
phone_verified), UPDATE (revoked_after, given_name, family_name, country, language, zone, phone, phone_raw,
phone_verified, data_saver, version, updated_at) ON users.account TO svc_users;
GRANT SELECT (id, slug, name, verification) ON users.business TO job_listings;
GRANT SELECT (id, slug, name, verification, plan, state, zone) ON users.business TO svc_listings;
GRANT SELECT, INSERT (id, slug, name, description, categories, country, city_id, latitude, longitude, zone,
language, corridors, phone), UPDATE (slug, name, description, categories, country, city_id, latitude,
longitude, zone, language, corridors, phone, version, updated_at) ON users.business TO svc_users;
GRANT SELECT, INSERT, UPDATE (granted, policy_version, decided_at) ON users.consent TO svc_users;
GRANT SELECT, INSERT (user_id, purpose, granted, policy_version, decided_at) ON users.consent_history TO
svc_users;
GRANT SELECT, DELETE ON users.device TO svc_users;
GRANT SELECT ON users.membership TO job_notifications;
GRANT SELECT, INSERT (business_id, user_id, role), UPDATE (role), DELETE ON users.membership TO svc_users;
GRANT SELECT, INSERT, UPDATE (slug, name, verification, country, city_id, categories, search, card, detail)
ON users.public_business TO svc_users;
GRANT SELECT, INSERT, UPDATE (card) ON users.public_profile TO svc_users;
GRANT SELECT, INSERT (id, business_id, requested_by, level, documents) ON users.verification_request TO
svc_users;
GRANT EXECUTE ON FUNCTION users.begin_request(text, text) TO svc_users, svc_listings, svc_notifications,
svc_admin, svc_search, svc_platform;
GRANT EXECUTE ON FUNCTION users.calls_of(text, integer, jsonb) TO svc_users, svc_listings, svc_notifications,
svc_admin, svc_search, svc_platform;
GRANT EXECUTE ON FUNCTION users.take_device(uuid, text, text, text) TO svc_users;
GRANT EXECUTE ON FUNCTION users.take_phone(text) TO svc_users;
GRANT EXECUTE ON FUNCTION users.grant_business_role(uuid) TO svc_users;
GRANT EXECUTE ON FUNCTION users.replace_roles(uuid, text[]) TO svc_users;
RESET ROLE;

SET ROLE own_listings;
REVOKE ALL ON SCHEMA listings FROM svc_users, svc_listings, svc_notifications, svc_admin, svc_search,
svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
REVOKE ALL ON ALL TABLES IN SCHEMA listings FROM svc_users, svc_listings, svc_notifications, svc_admin,
svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA listings FROM svc_users, svc_listings, svc_notifications, svc_admin,
svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
GRANT USAGE ON SCHEMA listings TO job_admin, job_listings, job_notifications, job_platform, job_search,
job_users, svc_admin, svc_listings, svc_notifications, svc_platform, svc_search, svc_users;
GRANT SELECT ON listings.category TO job_admin, job_listings, job_notifications, job_platform, job_search,
job_users, svc_admin, svc_listings, svc_notifications, svc_platform, svc_search, svc_users;
GRANT SELECT, UPDATE (state, published_at, expires_at, rejection_reason, rejection_note, version, updated_at)
ON listings.listing TO job_listings;
GRANT SELECT, INSERT (id, business_id, author_id, type, state, title, description, language, category,
attributes, attributes_version, price_kind, price_minor, price_max_minor, currency, price_unit, country,
city_id, latitude, longitude, reach, folded_title, folded_text, duration_hours), UPDATE (type, state, title,
description, language, category, attributes, attributes_version, price_kind, price_minor, price_max_minor,
currency, price_unit, country, city_id, latitude, longitude, reach, folded_title, folded_text,
duration_hours, expires_at, outcome, rejection_reason, rejection_note, version, updated_at) ON
listings.listing TO svc_listings;
GRANT SELECT, INSERT, UPDATE (business_id, type, sector, category, country, city_id, price_minor, currency,
verified, attributes, search, place, published_at, expires_at, card, detail), DELETE ON
listings.public_listing TO job_listings, svc_listings;
GRANT SELECT (id, search, published_at, expires_at, card) ON listings.public_listing TO svc_search;
GRANT SELECT (listing_id, expires_at, kind), INSERT (listing_id, expires_at, kind) ON listings.reminder TO
job_listings;
GRANT INSERT (listing_id, business_id, from_state, to_state, actor_id, reason) ON listings.transition TO
job_listings, svc_listings;
RESET ROLE;

SET ROLE own_notifications;
REVOKE ALL ON SCHEMA notifications FROM svc_users, svc_listings, svc_notifications, svc_admin, svc_search,
svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
REVOKE ALL ON ALL TABLES IN SCHEMA notifications FROM svc_users, svc_listings, svc_notifications, svc_admin,
svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA notifications FROM svc_users, svc_listings, svc_notifications,
svc_admin, svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search,
job_platform;
GRANT USAGE ON SCHEMA notifications TO job_notifications, svc_notifications;
GRANT SELECT (user_id, deduplication), INSERT (id, user_id, type, subject_id, deduplication, language, title,
body, parameters) ON notifications.notification TO job_notifications;
GRANT SELECT, UPDATE (read_at, version) ON notifications.notification TO svc_notifications;
RESET ROLE;

SET ROLE own_admin;
REVOKE ALL ON SCHEMA admin FROM svc_users, svc_listings, svc_notifications, svc_admin, svc_search,
svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
REVOKE ALL ON ALL TABLES IN SCHEMA admin FROM svc_users, svc_listings, svc_notifications, svc_admin,
svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA admin FROM svc_users, svc_listings, svc_notifications, svc_admin,
svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
GRANT USAGE ON SCHEMA admin TO job_admin, svc_admin;
GRANT SELECT (target_type, target_id, target_version, snapshot, state, submitted_at), INSERT (id,
target_type, target_id, target_version, business_id, snapshot, state, submitted_at), UPDATE (target_version,
snapshot, state, leased_by, leased_until, decided_by, decided_at, reason, note, submitted_at) ON admin.review
TO job_admin;
GRANT SELECT, UPDATE (state, leased_by, leased_until, decided_by, decided_at, reason, note) ON admin.review
TO svc_admin;
RESET ROLE;

SET ROLE own_search;
REVOKE ALL ON SCHEMA search FROM svc_users, svc_listings, svc_notifications, svc_admin, svc_search,
svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
REVOKE ALL ON ALL TABLES IN SCHEMA search FROM svc_users, svc_listings, svc_notifications, svc_admin,
svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA search FROM svc_users, svc_listings, svc_notifications, svc_admin,
svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
RESET ROLE;

SET ROLE own_platform;
REVOKE ALL ON SCHEMA platform FROM svc_users, svc_listings, svc_notifications, svc_admin, svc_search,
svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
REVOKE ALL ON ALL TABLES IN SCHEMA platform FROM svc_users, svc_listings, svc_notifications, svc_admin,
svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA platform FROM svc_users, svc_listings, svc_notifications, svc_admin,
svc_search, svc_platform, job_users, job_listings, job_notifications, job_admin, job_search, job_platform;
GRANT USAGE ON SCHEMA platform TO job_admin, job_listings, job_notifications, job_platform, job_search,
job_users, own_listings, own_notifications, svc_admin, svc_listings, svc_notifications, svc_platform,
svc_search, svc_users;
GRANT SELECT ON platform.audit_chain TO job_platform;
GRANT SELECT, INSERT, UPDATE (seen, seen_hash, lap_at, walked, walked_hash, reported_at) ON
platform.audit_checkpoint TO job_platform;
GRANT SELECT ON platform.audit_entry TO job_platform, svc_admin;
GRANT SELECT (id, changed_at), DELETE ON platform.change TO job_platform;
GRANT SELECT ON platform.change TO svc_platform;
GRANT SELECT ON platform.city TO job_admin, job_listings, job_notifications, job_platform, job_search,
job_users, svc_admin, svc_listings, svc_notifications, svc_platform, svc_search, svc_users;
GRANT SELECT ON platform.country TO job_admin, job_listings, job_notifications, job_platform, job_search,
job_users, svc_admin, svc_listings, svc_notifications, svc_platform, svc_search, svc_users;
GRANT SELECT ON platform.currency TO job_admin, job_listings, job_notifications, job_platform, job_search,
job_users, svc_admin, svc_listings, svc_notifications, svc_platform, svc_search, svc_users;
GRANT INSERT ON platform.failed_task TO job_admin, job_listings, job_notifications, job_platform, job_search,
job_users;
GRANT SELECT (actor, operation, key, created_at), DELETE ON platform.idempotency_key TO job_platform;
GRANT SELECT, INSERT, UPDATE ON platform.idempotency_key TO svc_admin, svc_listings, svc_notifications,
svc_platform, svc_search, svc_users;
GRANT INSERT ON platform.inbox TO job_admin, job_listings, job_notifications, job_search, job_users;
GRANT INSERT, SELECT, DELETE ON platform.inbox TO job_platform;
GRANT SELECT (id, topic, ordering_key, sent_at), INSERT (id, kind, topic, type, ordering_key, due_at, body,
traceparent), UPDATE (sent_at) ON platform.outbox TO job_admin, job_listings, job_notifications, job_search,
job_users, svc_admin, svc_listings, svc_notifications, svc_platform, svc_search, svc_users;
GRANT SELECT (id, topic, ordering_key, sent_at), INSERT (id, kind, topic, type, ordering_key, due_at, body,
traceparent), UPDATE (sent_at), SELECT (kind, type, due_at, body, traceparent, seq, created_at), DELETE ON
platform.outbox TO job_platform;
GRANT SELECT, UPDATE (used, allowed), DELETE, INSERT (subject_id, metric, period, starts_on, used, allowed)
ON platform.quota_history TO job_platform;
GRANT SELECT, UPDATE (ends_at), DELETE ON platform.quota_window TO job_platform;
GRANT SELECT, DELETE ON platform.rate_limit TO job_platform;
GRANT EXECUTE ON FUNCTION platform.take_token(text, double precision, double precision) TO svc_users,
svc_listings, svc_notifications, svc_admin, svc_search, svc_platform;
GRANT EXECUTE ON FUNCTION platform.take_token(text, double precision, double precision, text, text, text,
text) TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform;
GRANT EXECUTE ON FUNCTION platform.return_token(text, double precision) TO svc_users, svc_listings,
svc_notifications, svc_admin, svc_search, svc_platform;
GRANT EXECUTE ON FUNCTION platform.claim_key(text, text, text, text) TO svc_users, svc_listings,
svc_notifications, svc_admin, svc_search, svc_platform;
GRANT EXECUTE ON FUNCTION platform.store_answer(text, text, text, text, integer, text, text) TO svc_users,
svc_listings, svc_notifications, svc_admin, svc_search, svc_platform;
GRANT EXECUTE ON FUNCTION platform.take_quota(uuid, text, text, integer, integer, timestamp with time zone)
TO svc_listings;
GRANT EXECUTE ON FUNCTION platform.append_audit(text, uuid, text, uuid, text, text, uuid, jsonb, jsonb, text,
uuid) TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform;
GRANT EXECUTE ON FUNCTION platform.audit_hash(platform.audit_entry) TO job_platform;
GRANT EXECUTE ON FUNCTION platform.record_change() TO own_listings, own_notifications;
RESET ROLE;
