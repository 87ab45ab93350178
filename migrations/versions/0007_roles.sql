-- Each statement by itself: an administrator gives roles to others, and the index is made beside
-- the writers of a live table.
SET ROLE own_users;

DROP INDEX CONCURRENTLY IF EXISTS users.account_admins;

CREATE INDEX CONCURRENTLY IF NOT EXISTS account_admins ON users.account (id) WHERE 'admin' = ANY (roles);

-- Row-level security would hide the account from whoever decides about it. Changes of roles that
-- may take away an administrator take turns: two of them cannot remove each other at once.
CREATE OR REPLACE FUNCTION users.replace_roles(person uuid, wanted text[])
RETURNS TABLE (outcome text, uid text, before text[], roles text[], role_version integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    found_account users.account;
BEGIN
    IF coalesce(current_setting('app.is_admin', true), '') <> 'true' THEN
        RAISE EXCEPTION 'roles are for administrators to give' USING ERRCODE = '42501';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('users.admins', 0));
    SELECT * INTO found_account FROM users.account AS a
    WHERE a.id = person AND a.state NOT IN ('erasing', 'erased') FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF 'admin' = ANY (found_account.roles) AND NOT 'admin' = ANY (wanted) AND NOT EXISTS (
        SELECT FROM users.account AS a
        WHERE 'admin' = ANY (a.roles) AND a.state = 'active' AND a.id <> person)
    THEN
        RETURN QUERY SELECT 'last_admin', found_account.uid, found_account.roles,
            found_account.roles, found_account.role_version;
    ELSIF found_account.roles @> wanted AND found_account.roles <@ wanted THEN
        RETURN QUERY SELECT 'unchanged', found_account.uid, found_account.roles,
            found_account.roles, found_account.role_version;
    ELSE
        RETURN QUERY UPDATE users.account AS a
            SET roles = wanted, role_version = a.role_version + 1, version = a.version + 1,
                updated_at = clock_timestamp()
            WHERE a.id = person
            RETURNING 'replaced', a.uid, found_account.roles, a.roles, a.role_version;
    END IF;
END $$;

GRANT EXECUTE ON FUNCTION users.replace_roles(uuid, text[]) TO svc_users;

RESET ROLE;
