-- What only an administrator may do, in the database that serves: extensions and roles.
-- Roles of the cluster: per service one owner that cannot log in, one login role for people's
-- requests (svc_) and one for jobs, events and tasks (job_). Run by an administrator before the
-- first migration; safe to run again. Passwords, or IAM, are given outside this file.
CREATE EXTENSION IF NOT EXISTS cube SCHEMA public;
CREATE EXTENSION IF NOT EXISTS earthdistance SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public;

-- What is everybody's by default is taken back: nobody may do anything that he is not given here.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON pg_stat_statements, pg_stat_statements_info FROM PUBLIC;

DO $$
DECLARE service text; login text; too_able text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'migrator') THEN
        CREATE ROLE migrator LOGIN NOINHERIT;
    END IF;
    ALTER ROLE migrator CONNECTION LIMIT 4;
    ALTER ROLE migrator SET lock_timeout = '2s';
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CREATE, CONNECT ON DATABASE %I TO migrator', current_database());
    GRANT USAGE ON SCHEMA public TO migrator;
    CREATE SCHEMA IF NOT EXISTS migrations AUTHORIZATION migrator;
    FOREACH service IN ARRAY ARRAY['users', 'listings', 'notifications', 'admin', 'search', 'messaging', 'platform',
        'bizconnect'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'own_' || service) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', 'own_' || service);
        END IF;
        EXECUTE format('GRANT %I TO migrator', 'own_' || service);
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', 'own_' || service);
        FOREACH login IN ARRAY ARRAY['svc_' || service, 'job_' || service] LOOP
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
                EXECUTE format('CREATE ROLE %I LOGIN', login);
            END IF;
            EXECUTE format('ALTER ROLE %I SET lock_timeout = ''2s''', login);
            EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''10s''', login);
            EXECUTE format('ALTER ROLE %I SET search_path = %I, public', login, service);
            EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), login);
            EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', login);
        END LOOP;
        EXECUTE format('ALTER ROLE %I SET statement_timeout = ''5s''', 'svc_' || service);
        EXECUTE format('ALTER ROLE %I SET statement_timeout = ''60s''', 'job_' || service);
        -- A service that runs wild leaves connections to the others.
        EXECUTE format('ALTER ROLE %I CONNECTION LIMIT 60', 'svc_' || service);
        EXECUTE format('ALTER ROLE %I CONNECTION LIMIT 30', 'job_' || service);
        IF current_setting('server_version_num')::int >= 170000 THEN
            EXECUTE format('ALTER ROLE %I SET transaction_timeout = ''15s''', 'svc_' || service);
            EXECUTE format('ALTER ROLE %I SET transaction_timeout = ''120s''', 'job_' || service);
        END IF;
        -- Lists have optional filters; a plan made for the filters given drops the others.
        EXECUTE format('ALTER ROLE %I SET plan_cache_mode = force_custom_plan', 'svc_' || service);
    END LOOP;
    -- Somebody may have made or changed them by hand.
    SELECT string_agg(rolname, ', ') INTO too_able FROM pg_roles
    WHERE rolname ~ '^(svc|job|own)_' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
        OR rolreplication OR (rolname ~ '^own_' AND rolcanlogin));
    IF too_able IS NOT NULL THEN
        RAISE EXCEPTION 'these roles may do more than they must: %', too_able;
    END IF;
END $$;
