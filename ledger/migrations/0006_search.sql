-- What cases say, readable, to be searched. UNLOGGED: it is in no write-ahead log, no replica and no base backup, and is
-- empty after a crash; the projector then makes it anew.
CREATE UNLOGGED TABLE casefold_views.case_text (
    "case" text COLLATE "C" NOT NULL PRIMARY KEY,
    content text NOT NULL,                   -- one field a line, in one spelling (NFKC, small letters)
    tokens text[] NOT NULL,                  -- words, pairs of neighbouring Chinese characters, endings of numbers
    locked boolean NOT NULL,                 -- a key could not be had: to be made anew when it can
    made_after bigint NOT NULL               -- newest entry of the ledger then: what is said later of its person makes it anew
);
-- No statistics: samples of what the columns hold would stand in pg_statistic, which is logged and backed up.
ALTER TABLE casefold_views.case_text ALTER content SET STATISTICS 0, ALTER tokens SET STATISTICS 0;
CREATE INDEX case_text_tokens_idx ON casefold_views.case_text USING gin (tokens);
CREATE INDEX case_text_locked_idx ON casefold_views.case_text ("case") WHERE locked;
GRANT ALL ON casefold_views.case_text TO :"application_role";
