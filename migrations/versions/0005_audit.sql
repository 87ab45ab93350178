-- The audit log: entries that are only ever added, each holding the hash of the one before it.

SET ROLE own_platform;

CREATE TABLE platform.audit_chain (
    chain TEXT NOT NULL,
    entries BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (chain)
);

CREATE TABLE platform.audit_checkpoint (
    chain TEXT NOT NULL,
    seen BIGINT NOT NULL,
    seen_hash BYTEA NOT NULL,
    lap_at timestamptz NOT NULL,
    walked BIGINT NOT NULL,
    walked_hash BYTEA NOT NULL,
    reported_at timestamptz,
    PRIMARY KEY (chain)
);

CREATE TABLE platform.audit_entry (
    chain TEXT NOT NULL,
    seq BIGINT NOT NULL,
    id UUID NOT NULL,
    at timestamptz NOT NULL,
    actor_id UUID NOT NULL,
    role TEXT NOT NULL,
    on_behalf_of UUID,
    operation TEXT NOT NULL,
    target_type TEXT,
    target_id UUID,
    before JSONB,
    after JSONB,
    reason TEXT,
    request_id UUID NOT NULL,
    previous BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (chain, seq)
);

CREATE INDEX audit_entry_actor ON platform.audit_entry (actor_id, at, id);
CREATE UNIQUE INDEX audit_entry_newest ON platform.audit_entry (at, id);
CREATE INDEX audit_entry_operation ON platform.audit_entry (operation, at, id);
CREATE INDEX audit_entry_target ON platform.audit_entry (target_id, at, id);

ALTER TABLE platform.audit_entry
    ADD CHECK (octet_length(hash) = 32 AND octet_length(previous) = 32),
    -- Words may name people: an entry points at what was changed, and says why by a code.
    ADD CHECK (reason ~ '^[A-Z][A-Z0-9_]{0,39}$'),
    ADD CHECK (octet_length(before::text) <= 2000 AND octet_length(after::text) <= 2000),
    ADD CHECK ((target_type IS NULL) = (target_id IS NULL));

-- The hash of the entry before this one and all that this one says, in one form: a JSON array,
-- instants in UTC to the microsecond, as PostgreSQL prints jsonb, in UTF-8.
CREATE FUNCTION platform.audit_hash(entry platform.audit_entry) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(entry.previous || convert_to(jsonb_build_array(entry.chain, entry.seq, entry.id,
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), entry.actor_id,
        entry.role, entry.on_behalf_of, entry.operation, entry.target_type, entry.target_id,
        entry.before, entry.after, entry.reason, entry.request_id)::text, 'UTF8'));
$$;

-- Travels with COMMIT, as the last statement before it: whoever appends to the same chain waits no
-- longer than that commit takes, and nobody who has the head of a chain waits for anything else.
-- Who acts is not an argument: it is whom this transaction was begun for.
CREATE FUNCTION platform.append_audit(
    of_chain text, entry_id uuid, as_role text, for_whom uuid, what text, kind text, target uuid,
    was jsonb, becomes jsonb, why text, request uuid
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head platform.audit_chain;
    entry platform.audit_entry;
BEGIN
    INSERT INTO platform.audit_chain (chain, entries, hash)
    VALUES (of_chain, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM platform.audit_chain WHERE chain = of_chain FOR NO KEY UPDATE;
    entry := ROW(of_chain, head.entries + 1, entry_id, clock_timestamp(),
        nullif(current_setting('app.user_id', true), '')::uuid, as_role, for_whom, what, kind, target,
        was, becomes, why, request, head.hash, NULL);
    entry.hash := platform.audit_hash(entry);
    INSERT INTO platform.audit_entry SELECT entry.*;
    UPDATE platform.audit_chain SET entries = entry.seq, hash = entry.hash WHERE chain = of_chain;
END $$;

CREATE FUNCTION platform.refuse_to_rewrite() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: the audit log is only ever added to', tg_op, tg_table_schema, tg_table_name
        USING ERRCODE = '42501';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON platform.audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_to_rewrite();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON platform.audit_chain
    FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_to_rewrite();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON platform.audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_to_rewrite();

ALTER TABLE platform.audit_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.audit_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON platform.audit_entry TO own_platform USING (true) WITH CHECK (true);
CREATE POLICY admins ON platform.audit_entry FOR SELECT TO svc_admin
    USING ((SELECT current_setting('app.is_admin', true)) = 'true');
CREATE POLICY jobs ON platform.audit_entry FOR SELECT TO job_platform
    USING (true);

REVOKE UPDATE, DELETE, TRUNCATE ON platform.audit_entry FROM own_platform;
REVOKE DELETE, TRUNCATE ON platform.audit_chain, platform.audit_checkpoint FROM own_platform;
GRANT EXECUTE ON FUNCTION platform.append_audit(text, uuid, text, uuid, text, text, uuid, jsonb, jsonb, text, uuid)
    TO svc_users, svc_listings, svc_notifications, svc_admin, svc_search, svc_platform;
GRANT EXECUTE ON FUNCTION platform.audit_hash(platform.audit_entry) TO job_platform;
GRANT SELECT ON platform.audit_entry TO svc_admin;
GRANT SELECT ON platform.audit_entry, platform.audit_chain TO job_platform;
GRANT SELECT, INSERT, UPDATE ON platform.audit_checkpoint TO job_platform;
RESET ROLE;
