-- Who is told of entries over HTTP (endpoints), what is to be told to whom (deliveries), and every try. Their secrets are
-- not here: they lie in the key store, wrapped by the master key. Bodies are not here either: they are made from the entry
-- each time, and hold no personal data.
CREATE SCHEMA casefold_webhook;

-- An endpoint is never removed: deliveries name it. Who changed what stands in casefold_access.log.
CREATE TABLE casefold_webhook.endpoint (
    id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (id ~ '^WH-[0-9a-f]{12}$'),
    label text NOT NULL,
    url text NOT NULL,
    events text[] NOT NULL,                  -- names of events; empty: all
    kinds text[] NOT NULL,                   -- kinds of cases; empty: all, and what is no case
    state text NOT NULL CHECK (state IN ('enabled', 'disabled')),
    reason text NOT NULL,                    -- why it is disabled: by_hand, gone; else empty
    since bigint NOT NULL,                   -- nothing up to this position is sent
    failing_since timestamptz,               -- since a delivery was given up, and none has arrived after it
    slot text NOT NULL CHECK (slot IN ('a', 'b')), -- which of its two places in the key store has the secret in use
    overlap_until timestamptz,               -- until then the other one signs too
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE casefold_webhook.delivery (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint text COLLATE "C" NOT NULL REFERENCES casefold_webhook.endpoint,
    message text COLLATE "C" NOT NULL,       -- the id that the receiver sees, the same at each try
    position bigint NOT NULL,                -- of the entry in the ledger; 0: a trial without an entry
    event text NOT NULL,
    stream text COLLATE "C" NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    tries integer NOT NULL DEFAULT 0,        -- since it was asked for last
    attempts integer NOT NULL DEFAULT 0,     -- in all
    status integer,                          -- what the receiver answered last
    error text NOT NULL DEFAULT '',          -- why there was no answer
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(), -- when it was made, or asked for once more
    next_at timestamptz DEFAULT clock_timestamp(),
    ended_at timestamptz,
    UNIQUE (endpoint, message),
    CHECK ((state = 'waiting') = (next_at IS NOT NULL))
);
CREATE INDEX delivery_due_idx ON casefold_webhook.delivery (endpoint, next_at) WHERE state = 'waiting';
CREATE INDEX delivery_asked_idx ON casefold_webhook.delivery (endpoint, asked_at) WHERE state = 'waiting';
CREATE INDEX delivery_log_idx ON casefold_webhook.delivery (endpoint, number);
CREATE INDEX delivery_ended_idx ON casefold_webhook.delivery (ended_at) WHERE state <> 'waiting';

CREATE TABLE casefold_webhook.attempt (
    delivery bigint NOT NULL REFERENCES casefold_webhook.delivery ON DELETE CASCADE,
    number integer NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    status integer,
    error text NOT NULL,
    milliseconds integer NOT NULL,
    PRIMARY KEY (delivery, number)
);

GRANT USAGE ON SCHEMA casefold_webhook TO :"application_role", :"auditor_role";
GRANT SELECT, INSERT, UPDATE ON casefold_webhook.endpoint TO :"application_role";
GRANT SELECT, INSERT, UPDATE, DELETE ON casefold_webhook.delivery TO :"application_role";
GRANT SELECT, INSERT, DELETE ON casefold_webhook.attempt TO :"application_role";
GRANT SELECT ON ALL TABLES IN SCHEMA casefold_webhook TO :"auditor_role";
