-- The questions that screens ask of the read models. Each has a name and a sentence; an unset parameter is null.

-- name: worklist
-- Open cases, those that are late or due first on top; cases without a running clock come last, oldest first.
SELECT "case", version, kind, stage, round, urgency, complexity, category, subcategory, channel, department, responsible,
       offered_to, waiting_for, next_due, breached, standing, imported, received_at, clock, clock_due, clock_since,
       clock_warned, clock_calendar
FROM casefold_views.case_summary
WHERE NOT over
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(stage)s::text IS NULL OR stage = %(stage)s)
  AND (%(urgency)s::text IS NULL OR urgency = %(urgency)s)
  AND (%(department)s::text IS NULL OR department = %(department)s)
  AND (%(responsible)s::text IS NULL OR responsible = %(responsible)s OR offered_to = %(responsible)s)
  AND (%(due_before)s::timestamptz IS NULL OR next_due < %(due_before)s)
ORDER BY coalesce(clock_due, 'infinity'), received_at, "case"
LIMIT %(limit)s OFFSET %(offset)s;

-- name: summary
-- All cases, open and ended, the newest first.
SELECT "case", version, kind, stage, round, urgency, complexity, category, subcategory, channel, department,
       responsible, offered_to, waiting_for, next_due, breached, standing, imported, received_at, closed_at, ending,
       over, subject, clock, clock_due, clock_since, clock_warned, clock_calendar
FROM casefold_views.case_summary
WHERE (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(stage)s::text IS NULL OR stage = %(stage)s)
  AND (%(ending)s::text IS NULL OR ending = %(ending)s)
  AND (%(over)s::boolean IS NULL OR over = %(over)s)
ORDER BY received_at DESC, "case" DESC
LIMIT %(limit)s OFFSET %(offset)s;

-- name: counts
-- How many cases there are, by kind, stage and ending.
SELECT kind, stage, ending, over, count(*) AS cases
FROM casefold_views.case_summary
GROUP BY kind, stage, ending, over
ORDER BY kind, over, stage, ending;

-- name: balance
-- What was asked and what became of it: accepted and refused are together what was received, always.
-- Counted in the ledger itself, so it cannot lag behind.
SELECT name AS command, count(*) AS received, count(*) FILTER (WHERE outcome = 'accepted') AS accepted,
       count(*) FILTER (WHERE outcome = 'refused') AS refused
FROM casefold.command
GROUP BY name
ORDER BY name;
