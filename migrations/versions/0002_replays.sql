-- The earlier take_token(text, float8, float8) and the grants beside it stay until the release that
-- uses them is gone.
SET ROLE own_platform;

-- Takes one call from a bucket (GCRA) if there is one, in a single statement: many at once never
-- take more than there is. By the clock, not by the start of the transaction: that would be stale
-- after waiting for the row. A request whose key has an answer already takes nothing. It sees keys
-- and buckets of everybody, because it runs before the transaction knows who calls.
CREATE FUNCTION platform.take_token(bucket_key text, seconds_a_call float8, seconds_of_burst float8,
    caller text, called text, key_sent text, hash_sent text)
RETURNS TABLE (granted boolean, seconds_to_full float8, taken boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    full_then timestamptz;
BEGIN
    taken := NOT EXISTS (SELECT FROM platform.idempotency_key AS k
        WHERE k.actor = caller AND k.operation = called AND k.key = key_sent
            AND k.request_hash = decode(hash_sent, 'hex'));
    granted := true;
    IF taken THEN
        INSERT INTO platform.rate_limit AS bucket (key, full_at)
        VALUES (bucket_key, clock_timestamp() + make_interval(secs => seconds_a_call))
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
        SELECT full_at INTO full_then FROM platform.rate_limit WHERE key = bucket_key;
    END IF;
    seconds_to_full := greatest(0, extract(epoch FROM full_then - clock_timestamp()));
    RETURN NEXT;
END $$;

-- Gives back what a twin took that arrived while the first was still at work.
CREATE FUNCTION platform.return_token(bucket_key text, seconds_a_call float8) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE platform.rate_limit SET full_at = full_at - make_interval(secs => seconds_a_call)
    WHERE key = bucket_key;
$$;

-- Claims a key, or returns what was answered under it. A twin that is still at work is waited for.
CREATE FUNCTION platform.claim_key(caller text, called text, key_sent text, hash_sent text)
RETURNS TABLE (claimed boolean, same boolean, status integer, headers text, body text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    LOOP
        INSERT INTO platform.idempotency_key (actor, operation, key, request_hash)
        VALUES (caller, called, key_sent, decode(hash_sent, 'hex')) ON CONFLICT DO NOTHING;
        IF FOUND THEN
            RETURN QUERY SELECT true, true, NULL::integer, NULL::text, NULL::text;
            RETURN;
        END IF;
        RETURN QUERY
            SELECT false, k.request_hash = decode(hash_sent, 'hex'), k.status, k.headers::text, k.body
            FROM platform.idempotency_key AS k
            WHERE k.actor = caller AND k.operation = called AND k.key = key_sent;
        EXIT WHEN FOUND; -- else it was purged between the two statements
    END LOOP;
END $$;

CREATE FUNCTION platform.store_answer(caller text, called text, key_sent text, hash_sent text,
    answer_status integer, answer_headers text, answer_body text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE platform.idempotency_key
    SET status = answer_status, headers = answer_headers::jsonb, body = answer_body
    WHERE actor = caller AND operation = called AND key = key_sent
        AND request_hash = decode(hash_sent, 'hex');
$$;

GRANT EXECUTE ON FUNCTION
    platform.take_token(text, float8, float8, text, text, text, text),
    platform.return_token(text, float8),
    platform.claim_key(text, text, text, text),
    platform.store_answer(text, text, text, text, integer, text, text)
TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform;
RESET ROLE;
