-- Who may come in: users, their passwords, sessions, tokens and links; and the log of sign-ins. The application looks after
-- them; the auditor reads who was let in and what they were allowed, and never a hash from which a secret could be guessed.
CREATE SCHEMA casefold_access;

-- A user is never removed, and an id never given again: entries of the ledger name it for ever.
CREATE TABLE casefold_access.account (
    id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9._-]{1,39}$'),
    name text NOT NULL,                      -- for screens; the ledger knows only the id
    roles text[] NOT NULL CHECK (NOT roles && ARRAY['system', 'customer']),
    administrator boolean NOT NULL,          -- looks after users; no right over cases comes with it
    department text NOT NULL,
    language text NOT NULL,
    state text NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
    issuer text,                             -- the identity provider that vouches for this user, and its name for them
    subject text,
    made_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (issuer, subject)
);

-- Apart from the accounts, so that whoever may read those reads no hash.
CREATE TABLE casefold_access.password (
    account text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES casefold_access.account,
    hash text NOT NULL,
    changed_at timestamptz NOT NULL
);

-- Of secrets only the SHA-256 is kept: they are 256 random bits, so it cannot be turned back.
CREATE TABLE casefold_access.session (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    secret bytea NOT NULL PRIMARY KEY CHECK (length(secret) = 32),
    account text COLLATE "C" NOT NULL REFERENCES casefold_access.account,
    begun_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    address text NOT NULL,
    browser text NOT NULL
);
CREATE INDEX session_account_idx ON casefold_access.session (account);
CREATE INDEX session_ends_idx ON casefold_access.session (ends_at);

CREATE TABLE casefold_access.token (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    secret bytea NOT NULL PRIMARY KEY CHECK (length(secret) = 32),
    account text COLLATE "C" NOT NULL REFERENCES casefold_access.account,
    label text NOT NULL,
    scopes text[] NOT NULL,
    made_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    used_at timestamptz,                     -- to the minute
    revoked_at timestamptz
);
CREATE INDEX token_account_idx ON casefold_access.token (account);

-- Links that work once: account is null in the one that makes the first user.
CREATE TABLE casefold_access.link (
    secret bytea NOT NULL PRIMARY KEY CHECK (length(secret) = 32),
    account text COLLATE "C" REFERENCES casefold_access.account,
    made_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    spent_at timestamptz
);

-- How often somebody tried in vain, and until when nobody may try again; keys are hashes of what was typed.
CREATE TABLE casefold_access.throttle (
    key bytea NOT NULL PRIMARY KEY,
    failures integer NOT NULL,
    tried_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    told boolean NOT NULL                    -- whether the log has this wait
);

-- Sign-ins and failed attempts, the use of tokens, and every change of somebody's rights. Written once.
CREATE TABLE casefold_access.log (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    what text NOT NULL,
    account text COLLATE "C" NOT NULL,       -- empty: nobody of that id; what was typed is not kept, it may be a password
    by text NOT NULL,                        -- who did it, when it was done to somebody
    address text NOT NULL,
    details jsonb NOT NULL
);
CREATE INDEX log_account_idx ON casefold_access.log (account, number);
CREATE INDEX log_known_idx ON casefold_access.log (account, address, at) WHERE what = 'signed_in';
CREATE INDEX log_refused_idx ON casefold_access.log (address, at) WHERE what = 'token_refused';

CREATE TRIGGER written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON casefold_access.log
    FOR EACH STATEMENT EXECUTE FUNCTION casefold.refuse_change();
ALTER TABLE casefold_access.log ENABLE ALWAYS TRIGGER written_once;

GRANT USAGE ON SCHEMA casefold_access TO :"application_role", :"auditor_role";
GRANT SELECT, INSERT, UPDATE ON casefold_access.account, casefold_access.password, casefold_access.token,
    casefold_access.link TO :"application_role";
GRANT SELECT, INSERT, UPDATE, DELETE ON casefold_access.session, casefold_access.throttle TO :"application_role";
GRANT SELECT, INSERT ON casefold_access.log TO :"application_role";
GRANT SELECT ON casefold_access.account, casefold_access.log TO :"auditor_role";
GRANT SELECT (number, account, begun_at, seen_at, ends_at, address) ON casefold_access.session TO :"auditor_role";
GRANT SELECT (number, account, label, scopes, made_at, ends_at, used_at, revoked_at) ON casefold_access.token
    TO :"auditor_role";
GRANT SELECT (account, made_at, ends_at, spent_at) ON casefold_access.link TO :"auditor_role";
