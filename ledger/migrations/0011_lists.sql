-- Lists of who sees some cases: found, filtered and counted within an index, without a look at the lines themselves.
-- What filters ask of lists of words; an index cannot answer for those, and would refuse a long one.
ALTER TABLE casefold_views.case_summary
    ADD COLUMN unassigned boolean NOT NULL GENERATED ALWAYS AS
        (offered_to = '' AND ('assignment_accepted' = ANY (waiting_for) OR responsible = '')) STORED,
    ADD COLUMN was_late boolean NOT NULL GENERATED ALWAYS AS (cardinality(breached) > 0) STORED,
    ADD COLUMN stands_still boolean NOT NULL GENERATED ALWAYS AS (cardinality(standing) > 0) STORED;

-- The columns of all filters are in it, but for what a case waits for.
DROP INDEX casefold_views.case_summary_department_idx;
CREATE INDEX case_summary_department_idx ON casefold_views.case_summary
    (department, (coalesce(clock_due, 'infinity')), received_at, "case")
    INCLUDE (clock_due, next_due, responsible, offered_to, unassigned, was_late, stands_still, stage, round, urgency,
             complexity, kind, category, channel, imported)
    WHERE NOT over;
DROP INDEX casefold_views.case_summary_pressing_idx;
CREATE INDEX case_summary_pressing_idx ON casefold_views.case_summary
    ((coalesce(clock_due, 'infinity')), received_at, "case") INCLUDE (clock_due) WHERE NOT over;
DROP INDEX casefold_views.case_summary_urgent_idx;
CREATE INDEX case_summary_urgent_idx ON casefold_views.case_summary
    ((coalesce(clock_due, 'infinity')), received_at, "case") INCLUDE (urgency) WHERE NOT over AND urgency <> 'ordinary';
DROP INDEX casefold_views.case_summary_unassigned_idx;
CREATE INDEX case_summary_unassigned_idx ON casefold_views.case_summary
    ((coalesce(clock_due, 'infinity')), received_at, "case") WHERE NOT over AND unassigned;

-- An index answers alone where the table was swept since its lines last changed.
ALTER TABLE casefold_views.case_summary SET
    (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
     autovacuum_analyze_scale_factor = 0.05);
