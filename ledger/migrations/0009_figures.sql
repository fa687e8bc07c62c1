-- What happened to cases, as far as figures count it: breaches, hand-overs, answers to surveys, improvements. A read model,
-- made from the ledger by the projector, and made anew from it at any time; no personal data.
CREATE TABLE casefold_views.case_mark (
    "case" text COLLATE "C" NOT NULL,
    version bigint NOT NULL,                 -- the entry that says so
    what text NOT NULL,                      -- the name of its event
    name text NOT NULL,                      -- time limit, improvement, or to whom a case was offered
    at timestamptz NOT NULL,                 -- when it happened: of a breach, when the limit passed
    due timestamptz,
    number integer,                          -- the score of a survey
    PRIMARY KEY ("case", version)
);
CREATE INDEX case_mark_what_idx ON casefold_views.case_mark (what, at);
CREATE INDEX case_summary_closed_idx ON casefold_views.case_summary (closed_at) WHERE closed_at IS NOT NULL;
GRANT ALL ON casefold_views.case_mark TO :"application_role";
