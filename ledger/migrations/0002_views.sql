-- Read models: made from the ledger, thrown away and made again at any time. The application may do with them what it
-- likes. No personal data: these tables are in every backup.
CREATE SCHEMA casefold_views;
GRANT USAGE, CREATE ON SCHEMA casefold_views TO :"application_role";

-- One line for each case, as domain/summary.py sees it.
CREATE TABLE casefold_views.case_summary (
    "case" text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL,
    kind text NOT NULL,
    stage text NOT NULL,
    round integer NOT NULL,
    urgency text NOT NULL,
    complexity text NOT NULL,
    category text NOT NULL,
    subcategory text NOT NULL,
    channel text NOT NULL,
    department text NOT NULL,
    responsible text NOT NULL,
    offered_to text NOT NULL,
    waiting_for text[] NOT NULL,
    next_due timestamptz,
    breached text[] NOT NULL,
    standing text[] NOT NULL,
    imported boolean NOT NULL,
    received_at timestamptz NOT NULL,
    closed_at timestamptz,
    ending text NOT NULL,
    over boolean NOT NULL
);
CREATE INDEX case_summary_open_idx ON casefold_views.case_summary (next_due) WHERE NOT over;
CREATE INDEX case_summary_received_idx ON casefold_views.case_summary (received_at DESC);
GRANT ALL ON ALL TABLES IN SCHEMA casefold_views TO :"application_role";
