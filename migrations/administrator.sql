-- What only an administrator may do, in the database that serves: extensions and roles.
-- Roles of the cluster: per service one owner that cannot log in, one login role for people's
-- requests (svc_) and one for jobs, events and tasks (job_). Run by an administrator before the
-- first migration; safe to run again. Passwords, or IAM, are given outside this file.
CREATE EXTENSION IF NOT EXISTS cube SCHEMA public;
CREATE EXTENSION IF NOT EXISTS earthdistance SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public;

DO $$
DECLARE service text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'migrator') THEN
        CREATE ROLE migrator LOGIN NOINHERIT;
    END IF;
    ALTER ROLE migrator SET lock_timeout = '2s';
    EXECUTE format('GRANT CREATE, CONNECT ON DATABASE %I TO migrator', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    CREATE SCHEMA IF NOT EXISTS migrations AUTHORIZATION migrator;
    FOREACH service IN ARRAY ARRAY['users', 'listings', 'notifications', 'admin', 'search', 'platform'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'own_' || service) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', 'own_' || service);
        END IF;
        EXECUTE format('GRANT %I TO migrator', 'own_' || service);
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'svc_' || service) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', 'svc_' || service);
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'job_' || service) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', 'job_' || service);
        END IF;
        EXECUTE format('ALTER ROLE %I SET statement_timeout = ''5s''', 'svc_' || service);
        EXECUTE format('ALTER ROLE %I SET statement_timeout = ''60s''', 'job_' || service);
        EXECUTE format('ALTER ROLE %I SET lock_timeout = ''2s''', 'svc_' || service);
        EXECUTE format('ALTER ROLE %I SET lock_timeout = ''2s''', 'job_' || service);
        EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''10s''', 'svc_' || service);
        EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''10s''', 'job_' || service);
        EXECUTE format('ALTER ROLE %I SET search_path = %I, public', 'svc_' || service, service);
        EXECUTE format('ALTER ROLE %I SET search_path = %I, public', 'job_' || service, service);
        -- Lists have optional filters; a plan made for the filters given drops the others.
        EXECUTE format('ALTER ROLE %I SET plan_cache_mode = force_custom_plan', 'svc_' || service);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I, %I', current_database(), 'svc_' || service, 'job_' || service);
    END LOOP;
END $$;
