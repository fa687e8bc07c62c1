-- Personal data: which person a case is about, and what an erasure takes away beside the keys.
ALTER TABLE casefold_views.case_summary ADD COLUMN subject text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX case_summary_subject_idx ON casefold_views.case_summary (subject) WHERE subject <> '';

-- The keyed hash of a matter goes with the data that it was made from. The application may not remove any other.
CREATE INDEX matter_stream_idx ON casefold.matter (stream);
CREATE FUNCTION casefold.forget_matters(erased text, cases text[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    WITH gone AS (
        DELETE FROM casefold.matter AS m WHERE m.stream = ANY (cases)
        AND EXISTS (SELECT FROM casefold.stored_events AS e
                    WHERE e.originator_id = 'subject:' || erased AND e.topic = 'SubjectErased')
        RETURNING 1)
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION casefold.forget_matters FROM PUBLIC;
GRANT EXECUTE ON FUNCTION casefold.forget_matters TO :"application_role";
