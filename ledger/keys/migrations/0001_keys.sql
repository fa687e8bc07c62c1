-- The keys of personal data, one or more for each data subject, wrapped by a master key that is never here.
-- A database of its own: whoever copies the ledger has no keys, and whoever copies the keys has no ledger.
CREATE TABLE casefold_keys.subject (
    subject text COLLATE "C" NOT NULL PRIMARY KEY,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'restricted', 'erased')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A destroyed key leaves its row behind, so that nobody makes it again.
CREATE TABLE casefold_keys.subject_key (
    subject text COLLATE "C" NOT NULL REFERENCES casefold_keys.subject,
    number integer NOT NULL,
    wrapped bytea,
    epoch integer NOT NULL,                  -- of the master key that wraps it
    commitment bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    PRIMARY KEY (subject, number),
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

-- What a subject is known by, as keyed hashes: blind indexes. They go when the subject is erased.
CREATE TABLE casefold_keys.reference (
    what text NOT NULL,                      -- customer, contact, case, actor
    hash bytea NOT NULL,
    subject text COLLATE "C" NOT NULL REFERENCES casefold_keys.subject,
    PRIMARY KEY (what, hash, subject)
);
CREATE UNIQUE INDEX reference_one_idx ON casefold_keys.reference (what, hash) WHERE what <> 'contact';
CREATE INDEX reference_subject_idx ON casefold_keys.reference (subject);

-- The key of the blind indexes, wrapped like the others.
CREATE TABLE casefold_keys.secret (
    name text NOT NULL PRIMARY KEY,
    wrapped bytea NOT NULL,
    epoch integer NOT NULL
);

-- Every change of a subject's state, in order: whoever keeps keys in memory looks here and forgets.
CREATE TABLE casefold_keys.change (
    number bigserial NOT NULL PRIMARY KEY,
    subject text COLLATE "C" NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Erased stays erased, and a destroyed key stays destroyed, whoever asks.
CREATE FUNCTION casefold_keys.stays_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'erased' AND NEW.state <> 'erased' THEN
        RAISE EXCEPTION 'the data of % was erased, and stays erased', OLD.subject;
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION casefold_keys.stays_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.wrapped IS NULL AND NEW.wrapped IS NOT NULL THEN
        RAISE EXCEPTION 'key % of % was destroyed, and stays destroyed', OLD.number, OLD.subject;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays_erased BEFORE UPDATE ON casefold_keys.subject
    FOR EACH ROW EXECUTE FUNCTION casefold_keys.stays_erased();
CREATE TRIGGER stays_destroyed BEFORE UPDATE ON casefold_keys.subject_key
    FOR EACH ROW EXECUTE FUNCTION casefold_keys.stays_destroyed();
ALTER TABLE casefold_keys.subject ENABLE ALWAYS TRIGGER stays_erased;
ALTER TABLE casefold_keys.subject_key ENABLE ALWAYS TRIGGER stays_destroyed;

GRANT USAGE ON SCHEMA casefold_keys TO :"application_role";
GRANT SELECT, INSERT, UPDATE ON casefold_keys.subject, casefold_keys.subject_key, casefold_keys.secret TO :"application_role";
GRANT SELECT, INSERT, DELETE ON casefold_keys.reference TO :"application_role";
GRANT SELECT ON casefold_keys.migration TO :"application_role";
GRANT SELECT, INSERT ON casefold_keys.change TO :"application_role";
GRANT USAGE ON SEQUENCE casefold_keys.change_number_seq TO :"application_role";
