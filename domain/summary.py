"""One line about a case, without personal data: what the worklist and the case list show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.case import Case, Clock
from domain.needs import missing
from domain.policy import Sheet

LONGEST_WORD = 100
"""Characters of a name, id or type in a list."""


@dataclass(frozen=True)
class Summary:
    """The row of a case in the views."""

    case: str
    version: int
    kind: str
    stage: str
    round: int
    urgency: str
    complexity: str
    category: str
    subcategory: str
    channel: str
    department: str
    responsible: str
    offered_to: str
    """To whom the case is on its way: an assignment or hand-over that is not accepted yet."""
    waiting_for: tuple[str, ...]
    next_due: datetime | None
    """The earliest instant of a running clock that is not breached and does not stand still."""
    breached: tuple[str, ...]
    standing: tuple[str, ...]
    """The running clocks that stand still."""
    imported: bool
    received_at: datetime
    closed_at: datetime | None
    ending: str
    over: bool
    subject: str
    """Pseudonym of the person whose data the case holds."""
    clock: str = ""
    """The running clock that presses most: the one that is late longest, else the next one, else one that stands."""
    clock_due: datetime | None = None
    """When it is due, or was; none while it stands still. By it lists are ordered."""
    clock_since: datetime | None = None
    clock_warned: bool = False
    clock_calendar: str = ""
    """The digest of the calendar that it is counted by."""


def summary_of(stream: str, case: Case, sheet: Sheet | None) -> Summary:
    """The summary of a received case."""
    assert case.received_at is not None
    running = {} if case.over else {name: clock for name, clock in case.clocks.items() if clock.running}
    ahead = [clock.due for clock in running.values() if not (clock.breached or clock.standing)]
    clock, pressing = pressing_clock(case) or ("", None)
    ticks = pressing is not None and (pressing.breached or not pressing.standing)
    offer = case.assignment or case.hand_over
    return Summary(
        case=stream,
        version=case.version,
        kind=case.kind,
        stage=case.stage,
        round=case.round,
        urgency=case.urgency,
        complexity=case.complexity,
        category=brief(case.category),
        subcategory=brief(case.subcategory),
        channel=brief(case.intake.channel),
        department=brief(case.department),
        responsible=brief(case.responsible),
        offered_to=brief(offer.to) if offer else "",
        waiting_for=() if case.over or sheet is None else tuple(missing(case, sheet, case.stage)),
        next_due=min(ahead, default=None),
        breached=tuple(name for name, clock in case.clocks.items() if clock.breached),
        standing=tuple(name for name, clock in running.items() if clock.standing),
        imported=case.imported,
        received_at=case.received_at,
        closed_at=case.closed_at,
        ending=case.ending or "",
        over=case.over,
        subject=case.subject,
        clock=clock,
        clock_due=pressing.due if pressing and ticks else None,
        clock_since=pressing.started_at if pressing else None,
        clock_warned=pressing is not None and pressing.warned > 0,
        clock_calendar=pressing.calendar.digest if pressing and pressing.calendar else "",
    )


def brief(word: str) -> str:
    """A word as lists show it: an index has a longest line, and no name may keep all lists from going on."""
    return word if len(word) <= LONGEST_WORD else f"{word[: LONGEST_WORD - 1]}…"


def pressing_clock(case: Case) -> tuple[str, Clock] | None:
    """The clock that presses most, with its name: late longest, else next to be due, else one that stands still."""
    running = [(name, clock) for name, clock in case.clocks.items() if clock.running and not case.over]
    ticking = [(clock.due, name) for name, clock in running if clock.breached or not clock.standing]
    if ticking:
        _due, name = min(ticking)
        return name, case.clocks[name]
    return running[0] if running else None
