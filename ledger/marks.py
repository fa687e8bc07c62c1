"""What happened to cases that figures count, one row for each such entry; kept beside the other read models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from domain import events as e

MARKED = (
    e.ClockBreached,
    e.BreachCorrected,
    e.CaseAssigned,
    e.HandOverOffered,
    e.HandOverAccepted,
    e.HandOverRefused,
    e.SurveyAnswered,
    e.ImprovementOpened,
    e.ImprovementCompleted,
)
"""The events that leave a mark."""
FORGET = 'DELETE FROM casefold_views.case_mark WHERE "case" = ANY(%(cases)s)'
WRITE = """
INSERT INTO casefold_views.case_mark ("case", version, what, name, at, due, number)
SELECT originator_id, originator_version, topic,
       coalesce(data ->> 'clock', data ->> 'improvement', data ->> 'to', data ->> 'by', ''),
       CASE topic WHEN 'ClockBreached' THEN (data ->> 'due')::timestamptz ELSE happened_at END,
       (data ->> 'due')::timestamptz,
       least((data ->> 'process')::integer, (data ->> 'result')::integer, (data ->> 'attitude')::integer)
FROM casefold.stored_events
     CROSS JOIN LATERAL (SELECT convert_from(state, 'UTF8')::jsonb AS entry) AS read
     CROSS JOIN LATERAL (SELECT entry -> 'data' AS data, (entry ->> 'happened_at')::timestamptz AS happened_at) AS part
WHERE originator_id = ANY(%(cases)s) AND topic = ANY(%(topics)s)
"""
"""Only the entries that leave a mark are read; a score is the lowest of the three, as the case itself has it."""


def write_marks(connection: Connection[Any], cases: Sequence[str]) -> None:
    """Make the marks of these cases anew."""
    params = {"cases": list(cases), "topics": [event.__name__ for event in MARKED]}
    connection.execute(FORGET, params)
    connection.execute(WRITE, params)
