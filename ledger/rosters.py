"""Departments and load, as assignment and plans ask for them."""

from __future__ import annotations

from collections import Counter

from domain.assignment import weight
from domain.rosters import Rosters
from domain.words import Urgency
from ledger.states import states
from ledger.store import Ledger

LOAD = """
SELECT person, urgency, count(*) FROM (
    SELECT responsible AS person, urgency FROM casefold_views.case_summary WHERE NOT over AND closed_at IS NULL
    UNION ALL
    SELECT offered_to, urgency FROM casefold_views.case_summary
    WHERE NOT over AND closed_at IS NULL AND offered_to <> responsible
) AS held WHERE person <> '' GROUP BY person, urgency
"""


def rosters(ledger: Ledger) -> Rosters:
    """Every department as of its newest entry."""
    return Rosters(
        {
            stream.partition(":")[2]: department
            for portion in states(ledger, "department")
            for stream, department in portion.items()
        }
    )


def load(ledger: Ledger) -> Counter[str]:
    """Who has, or is offered, how much (see `domain.assignment.Load`): from the views, so a moment late."""
    found: Counter[str] = Counter()
    for person, urgency, cases in ledger.query(LOAD):
        found[person] += cases * weight(Urgency(urgency))
    return found
