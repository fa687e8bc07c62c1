-- Seals: a Merkle tree over all entries, written by the sealer alone and read by everybody; and a second fence around
-- what is written once. Runs under the owner; the names of the three roles are put in by ledger/migrate.py.
CREATE SCHEMA casefold_seal;

-- The trees, one row each, locked by whoever seals, and moved only from the size that was read. The newest one grows. There
-- is a second one only when an older backup was put back after more had been signed: the first one cannot go on then.
CREATE TABLE casefold_seal.head (
    log integer NOT NULL PRIMARY KEY CHECK (log > 0),
    origin text NOT NULL UNIQUE,             -- the name of the log, a part of everything that is hashed
    size bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
    last_position bigint NOT NULL DEFAULT 0,
    peaks bytea NOT NULL DEFAULT '',         -- roots of the complete subtrees, the largest first, 32 bytes each
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason text NOT NULL
);

-- The leaves, in the order of the ledger. A leaf is never changed.
CREATE TABLE casefold_seal.leaf (
    log integer NOT NULL,
    leaf_index bigint NOT NULL CHECK (leaf_index >= 0),
    position bigint NOT NULL,                -- of the entry, in the order of the ledger
    hash bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (log, leaf_index),
    UNIQUE (log, position)
);

-- The newest sealed entry of each stream: the next one commits to it.
CREATE TABLE casefold_seal.stream_head (
    log integer NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (log, stream)
) WITH (fillfactor = 70);

-- What was sealed at once. The note is null until it is signed, and never changes after that.
CREATE TABLE casefold_seal.checkpoint (
    log integer NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    root bytea NOT NULL CHECK (length(root) = 32),
    last_position bigint NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    note text,
    PRIMARY KEY (log, size)
);
CREATE INDEX checkpoint_unsigned_idx ON casefold_seal.checkpoint (log, size) WHERE note IS NULL;

-- The second fence: even the owner cannot change or remove what is written once by a slip of the hand. It is no
-- protection against an owner who means to (that is what published checkpoints are for): who may change a table may also
-- take its trigger away. A migration that must change rows says so, in one transaction, and seals begin anew after it:
--     ALTER TABLE casefold.stored_events DISABLE TRIGGER written_once;
--     …
--     ALTER TABLE casefold.stored_events ENABLE ALWAYS TRIGGER written_once;
CREATE FUNCTION casefold.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of %.%: what is written there is never changed or removed', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING HINT = 'A migration that must do it disables the trigger written_once first (0003_seals.sql).';
END
$$;
CREATE FUNCTION casefold_seal.refuse_another_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.log, NEW.size, NEW.root, NEW.last_position, NEW.sealed_at)
        IS DISTINCT FROM (OLD.log, OLD.size, OLD.root, OLD.last_position, OLD.sealed_at)
        OR (OLD.note IS NOT NULL AND NEW.note IS DISTINCT FROM OLD.note)
    THEN
        RAISE EXCEPTION 'UPDATE of casefold_seal.checkpoint: a checkpoint only gets its signature, once';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON casefold.stored_events
    FOR EACH STATEMENT EXECUTE FUNCTION casefold.refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON casefold.command
    FOR EACH STATEMENT EXECUTE FUNCTION casefold.refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON casefold_seal.leaf
    FOR EACH STATEMENT EXECUTE FUNCTION casefold.refuse_change();
CREATE TRIGGER written_once BEFORE DELETE OR TRUNCATE ON casefold_seal.checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION casefold.refuse_change();
CREATE TRIGGER signed_once BEFORE UPDATE ON casefold_seal.checkpoint
    FOR EACH ROW EXECUTE FUNCTION casefold_seal.refuse_another_checkpoint();
-- ALWAYS: also in a session that says it is a replica.
ALTER TABLE casefold.stored_events ENABLE ALWAYS TRIGGER written_once;
ALTER TABLE casefold.command ENABLE ALWAYS TRIGGER written_once;
ALTER TABLE casefold_seal.leaf ENABLE ALWAYS TRIGGER written_once;
ALTER TABLE casefold_seal.checkpoint ENABLE ALWAYS TRIGGER written_once;
ALTER TABLE casefold_seal.checkpoint ENABLE ALWAYS TRIGGER signed_once;

-- The sealer reads entries and writes seals. The application reads seals. The auditor reads all that proofs speak of.
GRANT USAGE ON SCHEMA casefold_seal TO :"application_role", :"sealer_role", :"auditor_role";
GRANT SELECT ON ALL TABLES IN SCHEMA casefold_seal TO :"application_role", :"sealer_role", :"auditor_role";
GRANT USAGE ON SCHEMA casefold TO :"sealer_role", :"auditor_role";
GRANT SELECT ON casefold.stored_events, casefold.migration TO :"sealer_role";
GRANT INSERT ON casefold_seal.leaf, casefold_seal.checkpoint, casefold_seal.head TO :"sealer_role";
GRANT INSERT, UPDATE ON casefold_seal.stream_head TO :"sealer_role";
GRANT UPDATE (size, last_position, peaks) ON casefold_seal.head TO :"sealer_role";
GRANT UPDATE (note) ON casefold_seal.checkpoint TO :"sealer_role";
GRANT SELECT ON ALL TABLES IN SCHEMA casefold TO :"auditor_role";
DO $$
BEGIN
    EXECUTE 'GRANT CONNECT ON DATABASE ' || quote_ident(current_database()) || ' TO :"sealer_role", :"auditor_role"';
END
$$;
