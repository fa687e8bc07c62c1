-- What a line of the worklist is ordered by and shows of its time, and what its lists are found by: no page folds cases.
ALTER TABLE casefold_views.case_summary
    ADD COLUMN clock text NOT NULL DEFAULT '',            -- the running time limit that presses most
    ADD COLUMN clock_due timestamptz,                     -- null while it stands still
    ADD COLUMN clock_since timestamptz,
    ADD COLUMN clock_warned boolean NOT NULL DEFAULT false,
    ADD COLUMN clock_calendar text NOT NULL DEFAULT '';   -- digest of the calendar that it is counted by

-- The order of every worklist, for all who see everything, and for those who see departments.
CREATE INDEX case_summary_pressing_idx ON casefold_views.case_summary
    ((coalesce(clock_due, 'infinity')), received_at, "case") WHERE NOT over;
CREATE INDEX case_summary_department_idx ON casefold_views.case_summary
    (department, (coalesce(clock_due, 'infinity')), received_at, "case") WHERE NOT over;
CREATE INDEX case_summary_responsible_idx ON casefold_views.case_summary (responsible) WHERE NOT over;
CREATE INDEX case_summary_offered_idx ON casefold_views.case_summary (offered_to) WHERE NOT over AND offered_to <> '';
-- The lists that everybody has, and that hold few of many.
CREATE INDEX case_summary_urgent_idx ON casefold_views.case_summary
    ((coalesce(clock_due, 'infinity')), received_at, "case") WHERE NOT over AND urgency <> 'ordinary';
CREATE INDEX case_summary_unassigned_idx ON casefold_views.case_summary
    ((coalesce(clock_due, 'infinity')), received_at, "case")
    WHERE NOT over AND offered_to = '' AND ('assignment_accepted' = ANY (waiting_for) OR responsible = '');
CREATE INDEX case_summary_newest_idx ON casefold_views.case_summary (received_at DESC, "case" DESC);
DROP INDEX casefold_views.case_summary_open_idx, casefold_views.case_summary_received_idx;

-- What cases say is found by words that are only begun, too. Again no statistics: they would be samples of it.
CREATE INDEX case_text_words_idx ON casefold_views.case_text USING gin ((array_to_tsvector(tokens)));
ALTER INDEX casefold_views.case_text_words_idx ALTER COLUMN 1 SET STATISTICS 0;
DROP INDEX casefold_views.case_text_tokens_idx;

-- The projector makes all rows anew; those that are there are shown until it has come to them.
UPDATE casefold.follower SET position = 0, digest = NULL, epoch = epoch + 1, moved_at = clock_timestamp()
WHERE name = 'views' AND position > 0;
