-- What the local cloud keeps: deliveries, schedules, identities. Made by `make run`, never deployed.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'local_cloud') THEN
        CREATE ROLE local_cloud LOGIN BYPASSRLS;
    END IF;
    GRANT pg_read_all_data TO local_cloud;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO local_cloud', current_database());
END $$;

CREATE SCHEMA IF NOT EXISTS local AUTHORIZATION local_cloud;
SET ROLE local_cloud;

-- One row for each message and subscription, each task, and each tick of a schedule.
CREATE TABLE IF NOT EXISTS local.delivery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('event', 'task', 'tick')),
    target text NOT NULL,
    name text,
    ordering_key text,
    message jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts int NOT NULL DEFAULT 0,
    attempts_allowed int NOT NULL,
    due_at timestamptz NOT NULL,
    leased_until timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
);
CREATE UNIQUE INDEX IF NOT EXISTS delivery_name ON local.delivery (name) WHERE name IS NOT NULL;
CREATE INDEX IF NOT EXISTS delivery_due ON local.delivery (due_at, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS delivery_order ON local.delivery (target, ordering_key, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS delivery_finished ON local.delivery (finished_at) WHERE state = 'delivered';
CREATE INDEX IF NOT EXISTS delivery_dead ON local.delivery (id) WHERE state = 'dead';

-- The last instant for which each job was started: the next start takes only a later one.
CREATE TABLE IF NOT EXISTS local.schedule (
    job text PRIMARY KEY,
    last_due timestamptz NOT NULL
);

-- What was created in Google's REST form, as it was given: queues of Cloud Tasks, jobs of Cloud Scheduler.
CREATE TABLE IF NOT EXISTS local.queue (
    name text PRIMARY KEY,
    body jsonb NOT NULL
);
CREATE TABLE IF NOT EXISTS local.job (
    name text PRIMARY KEY,
    body jsonb NOT NULL
);

CREATE TABLE IF NOT EXISTS local.switch (
    name text PRIMARY KEY,
    is_on boolean NOT NULL
);

CREATE TABLE IF NOT EXISTS local.identity (
    uid text PRIMARY KEY,
    claims jsonb NOT NULL DEFAULT '{}',
    valid_since bigint
);
ALTER TABLE local.identity ADD COLUMN IF NOT EXISTS disabled boolean NOT NULL DEFAULT false;

-- Firestore: a deleted document leaves its row, so that whoever watches learns of it.
CREATE TABLE IF NOT EXISTS local.document (
    path text PRIMARY KEY,
    fields jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    change bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX IF NOT EXISTS document_change ON local.document (change);

-- What installs show: a message a tag, and how often it was sent; and what a token is told to fail with.
CREATE TABLE IF NOT EXISTS local.push (
    token text,
    tag text,
    message jsonb NOT NULL,
    times int NOT NULL DEFAULT 1,
    shown_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (token, tag)
);
CREATE TABLE IF NOT EXISTS local.push_failure (
    token text PRIMARY KEY,
    failure text,
    retry_after int,
    delay_seconds double precision NOT NULL,
    times int
);
RESET ROLE;
