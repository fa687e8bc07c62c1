-- What people have arranged for themselves: filters of the worklist under a name. Only whoever saved one changes it.
CREATE SCHEMA casefold_desk;

CREATE TABLE casefold_desk.saved_view (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text COLLATE "C" NOT NULL,         -- the id of a user, as entries name them
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    query text NOT NULL CHECK (length(query) <= 500), -- as it stands in the address of the list
    department text COLLATE "C" NOT NULL,    -- whose members see it, too; empty: nobody else
    place integer NOT NULL,                  -- their order among the owner's
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (owner, name)
);
CREATE INDEX saved_view_department_idx ON casefold_desk.saved_view (department) WHERE department <> '';

-- With which of the views somebody begins; without a line here with what is theirs.
CREATE TABLE casefold_desk.start_view (
    person text COLLATE "C" NOT NULL PRIMARY KEY,
    view bigint NOT NULL REFERENCES casefold_desk.saved_view ON DELETE CASCADE
);
CREATE INDEX start_view_idx ON casefold_desk.start_view (view);

GRANT USAGE ON SCHEMA casefold_desk TO :"application_role", :"auditor_role";
GRANT SELECT, INSERT, UPDATE, DELETE ON casefold_desk.saved_view, casefold_desk.start_view TO :"application_role";
GRANT SELECT ON casefold_desk.saved_view, casefold_desk.start_view TO :"auditor_role";
