"""The time limits of a case, and why they are due when they are, as `domain.explain` derives it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from api.look import Seen
from api.models import Answer, answer_of
from api.problems import Problem
from api.words import N_
from domain.events import ClockStarted, DeadlineMoved
from domain.explain import clocks_of, explain
from domain.explanation import Explanation
from ledger.store import Ledger

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]

ExplanationOut: Any = answer_of(Explanation)


class DeadlineOut(Answer):
    """How a time limit stands."""

    clock: str
    family: str
    binds: str
    due: Time
    running: bool
    standing: bool
    breached: bool
    escalated: int
    provisional: bool
    moved: int = Field(description="How often it was counted anew since it was started last.")
    stopped_at: Time | None


class DeadlinesOut(Answer):
    """The time limits of a case."""

    case: str
    version: int
    as_of: Time
    clocks: list[DeadlineOut]


def deadlines(found: Seen) -> dict[str, Any]:
    """All of them, as `DeadlinesOut` describes."""
    return {
        "case": found.id,
        "version": found.case.version,
        "as_of": found.now,
        "clocks": [_one(name, found) for name in clocks_of(found.case)],
    }


def _one(name: str, found: Seen) -> dict[str, Any]:
    clock = found.case.clocks[name]
    return {
        "clock": name,
        "family": clock.family,
        "binds": clock.binds,
        "due": clock.due,
        "running": clock.running and not found.case.over,
        "standing": clock.running and clock.standing,
        "breached": clock.breached,
        "escalated": clock.escalated,
        "provisional": clock.provisional,
        "moved": _moved(name, found),
        "stopped_at": clock.stopped_at,
    }


def _moved(name: str, found: Seen) -> int:
    times = 0
    for entry in found.entries:
        match entry.event:
            case ClockStarted(clock=clock) if clock == name:
                times = 0
            case DeadlineMoved(clock=clock) if clock == name:
                times += 1
    return times


def explained(found: Seen, text: str, ledger: Ledger) -> Explanation:
    """The explanation of one of them: by its whole name, or by the name without its round, the newest."""
    wanted = text.strip()
    names = [name for name in found.case.clocks if wanted in (name, name.partition("#")[0])]
    if not names:
        known = ", ".join(clocks_of(found.case))
        sentence = (
            N_("{case} has no time limit {clock}. It has: {clocks}.") if known else N_("{case} has no time limits.")
        )
        params = {"case": found.id, "clock": wanted[:50], "clocks": known}
        raise Problem(404, "unknown_clock", N_("There is no such thing here."), sentence, params)
    name = wanted if wanted in names else names[-1]
    return explain(found.entries, name, ledger.sheet, ledger.calendar, found.now)
