-- The ledger: entries, commands with their outcomes, matters, followers. Append-only for the application.
-- Runs under the owner; :"application_role" is put in by ledger/migrate.py (psql -v application_role=… does the same).

-- The entries. Table and type have the shape and the names that the eventsourcing library expects (text ids).
-- COLLATE "C": ids are compared by bytes, so that a prefix is a range of the primary key on every server.
CREATE TABLE casefold.stored_events (
    originator_id text COLLATE "C" NOT NULL,
    originator_version bigint NOT NULL,
    topic text,
    state bytea,
    notification_id bigserial,
    PRIMARY KEY (originator_id, originator_version)
) WITH (
    autovacuum_enabled = true,
    autovacuum_vacuum_threshold = 100000000,
    autovacuum_vacuum_scale_factor = 0.5,
    autovacuum_analyze_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.01
);
CREATE UNIQUE INDEX stored_events_notification_id_idx ON casefold.stored_events (notification_id ASC);
CREATE TYPE casefold.stored_event_text AS (originator_id text, originator_version bigint, topic text, state bytea);

-- Every command that was answered, with its outcome, written in the transaction that appends its entries.
-- The digest is salted, and the salt is kept here only: once body and salt are gone, an entry's digest tells nothing.
CREATE TABLE casefold.command (
    actor_id text COLLATE "C" NOT NULL,
    command_id text COLLATE "C" NOT NULL,
    stream text COLLATE "C",                 -- null: an opening command that was refused
    name text NOT NULL,
    salt bytea NOT NULL,
    digest bytea NOT NULL,                   -- SHA-256 of salt and canonical body
    body jsonb NOT NULL,                     -- command, stream and happened_at as they were asked for, and the fields
    actor jsonb NOT NULL,
    expected_version bigint,
    received_at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'refused')),
    refusal jsonb CHECK ((refusal IS NOT NULL) = (outcome = 'refused')),
    events text[] NOT NULL,                  -- names of what was appended to the stream
    first_version bigint NOT NULL,           -- first_version > last_version: nothing was appended
    last_version bigint NOT NULL,            -- the stream's version after the command
    PRIMARY KEY (actor_id, command_id)
);

-- One case per matter: a keyed hash of what was said, unique.
CREATE TABLE casefold.matter (
    hash bytea NOT NULL PRIMARY KEY,
    stream text COLLATE "C" NOT NULL
);

-- The running numbers of readable ids. Gaps are allowed.
CREATE SEQUENCE casefold.stream_number;

-- Where each follower of the ledger is. epoch counts its leases: whoever holds an older one writes nothing.
CREATE TABLE casefold.follower (
    name text NOT NULL PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    digest bytea,                            -- SHA-256 of the entry at the position: notices a ledger that was rolled back
    epoch bigint NOT NULL DEFAULT 0,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The lives of this ledger: a new one begins with a restore. Names sort by time.
CREATE TABLE casefold.ledger_epoch (
    epoch text COLLATE "C" NOT NULL PRIMARY KEY,
    began_at timestamptz NOT NULL,
    reason text NOT NULL
);
INSERT INTO casefold.ledger_epoch
SELECT to_char(t AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS.US"Z"') || '-' || left(replace(gen_random_uuid()::text, '-', ''), 8), t, 'created'
FROM clock_timestamp() AS t;

-- The application appends and reads. MAINTAIN is what LOCK TABLE … IN EXCLUSIVE MODE asks for without a right to change rows.
GRANT USAGE ON SCHEMA casefold TO :"application_role";
GRANT SELECT, INSERT, MAINTAIN ON casefold.stored_events TO :"application_role";
GRANT USAGE ON SEQUENCE casefold.stored_events_notification_id_seq, casefold.stream_number TO :"application_role";
GRANT SELECT, INSERT ON casefold.command, casefold.matter, casefold.ledger_epoch TO :"application_role";
GRANT SELECT, INSERT, UPDATE ON casefold.follower TO :"application_role";
