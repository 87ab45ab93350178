SET ROLE own_users;

ALTER TABLE users.account ADD COLUMN erase_after timestamptz;

-- Nobody lifts his own suspension: between these two states alone a person moves his account.
CREATE FUNCTION users.ask_erasure(grace interval)
RETURNS TABLE (revoked_after timestamptz, erase_after timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE users.account AS a
    SET state = 'erasing', revoked_after = clock_timestamp(), erase_after = clock_timestamp() + grace,
        version = a.version + 1, updated_at = clock_timestamp()
    WHERE a.id = nullif(current_setting('app.user_id', true), '')::uuid AND a.state = 'active'
    RETURNING a.revoked_after, a.erase_after;
$$;
CREATE FUNCTION users.cancel_erasure() RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE users.account AS a
    SET state = 'active', erase_after = NULL, version = a.version + 1, updated_at = clock_timestamp()
    WHERE a.id = nullif(current_setting('app.user_id', true), '')::uuid AND a.state = 'erasing'
    RETURNING a.id;
$$;
GRANT EXECUTE ON FUNCTION users.ask_erasure(interval), users.cancel_erasure() TO svc_users;

-- Row-level security lets nobody lock another's profile: this tells no more than that it is there.
CREATE FUNCTION users.lock_person(person uuid) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT user_id FROM users.public_profile WHERE user_id = person FOR KEY SHARE;
$$;
GRANT EXECUTE ON FUNCTION users.lock_person(uuid) TO svc_users;
CREATE POLICY jobs ON users.public_profile FOR ALL TO job_users USING (true);
CREATE POLICY jobs ON users.public_business FOR ALL TO job_users USING (true);
GRANT SELECT (id, uid, roles, role_version, state, erase_after, version) ON users.account TO job_users;
GRANT UPDATE (uid, roles, state, erase_after, given_name, family_name, country, language, zone, phone, phone_raw, phone_verified, data_saver, version, created_at, updated_at) ON users.account TO job_users;
GRANT SELECT (user_id) ON users.consent TO job_users;
GRANT DELETE ON users.consent TO job_users;
GRANT SELECT (user_id) ON users.consent_history TO job_users;
GRANT DELETE ON users.consent_history TO job_users;
GRANT SELECT (user_id) ON users.public_profile TO job_users;
GRANT DELETE ON users.public_profile TO job_users;
GRANT SELECT (user_id) ON users.device TO job_users;
GRANT DELETE ON users.device TO job_users;
GRANT SELECT (business_id, user_id, role) ON users.membership TO job_users;
GRANT DELETE ON users.membership TO job_users;
GRANT SELECT (id, version) ON users.business TO job_users;
GRANT UPDATE (slug, name, phone, latitude, longitude, description, categories, corridors, state, version, updated_at) ON users.business TO job_users;
GRANT SELECT (id) ON users.public_business TO job_users;
GRANT DELETE ON users.public_business TO job_users;
GRANT SELECT (business_id, requested_by, state) ON users.verification_request TO job_users;
GRANT UPDATE (documents, state) ON users.verification_request TO job_users;

SET ROLE own_listings;
GRANT UPDATE (state, published_at, expires_at, rejection_reason, rejection_note, version, updated_at, title, description, attributes, price_kind, price_minor, price_max_minor, currency, price_unit, latitude, longitude, folded_title, folded_text) ON listings.listing TO job_listings;

SET ROLE own_notifications;
GRANT DELETE ON notifications.notification TO job_notifications;

SET ROLE own_platform;

-- What was announced of somebody or something that is erased. What waits to be sent goes too:
-- nobody needs to hear it any more, but that it is gone.
CREATE FUNCTION platform.forget_events(keys text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM platform.outbox WHERE id IN (
        SELECT id FROM platform.outbox WHERE ordering_key = ANY (keys) AND sent_at IS NOT NULL
        UNION ALL
        SELECT id FROM platform.outbox WHERE ordering_key = ANY (keys) AND sent_at IS NULL)
    AND type NOT IN ('UserErased', 'ListingErased');
$$;
CREATE FUNCTION platform.forget_caller(caller text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM platform.idempotency_key WHERE actor = caller;
$$;
GRANT EXECUTE ON FUNCTION platform.forget_events(text[]) TO job_users, job_listings;
GRANT EXECUTE ON FUNCTION platform.forget_caller(text) TO job_users;
RESET ROLE;
