"""Counts a deadline: from a rule of the sheet, a start, a calendar and the times in which the clock stood still."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain.calendars import Calendar
from domain.case import Clock, Stand
from domain.events import ClockStep, PinnedCalendar, StepKind
from domain.limits import WORKING, Limit
from domain.rules import ClockRule
from domain.working_time import Pause, Walk, deadline, share, walk

AT_ONCE = timedelta(minutes=1)
"""A limit of zero means at once; nobody measures that finer than the minute."""
NAMED_WARN = 80
"""Percentage at which a due time that a person named warns."""


@dataclass(frozen=True)
class Deadline:
    """When a limit ends, and what its clock does on the way there and afterwards."""

    due: datetime
    steps: tuple[ClockStep, ...]
    limit: str = ""
    calendar: PinnedCalendar | None = None
    provisional: bool = False

    def differs_from(self, clock: Clock) -> bool:
        """Whether the clock has another deadline, or knows another thing of it."""
        return (self.due, self.steps, self.limit, self.provisional) != (
            clock.due,
            clock.steps,
            clock.limit,
            clock.provisional,
        )


def counted(
    rule: ClockRule, limit: Limit, start: datetime, calendar: Calendar, stands: Iterable[Stand] = ()
) -> Deadline:
    """The deadline of a limit that began at ``start``. A stand without end is left out: it is not known yet."""
    pauses = pauses_of(stands)
    provisional = False
    if not limit.amount:
        due = start + AT_ONCE
    elif calendar.years and (limit.unit in WORKING or rule.roll):  # only then it matters what was announced
        found = walk_of(rule, limit, start, calendar, pauses)
        due, provisional = _ended(found.due), found.provisional
    else:
        due = _ended(deadline(start, limit, calendar, pauses=pauses, **_options(rule)))
    warnings = [
        ClockStep(kind=StepKind.WARN, at=_warn_at(rule, limit, start, due, percent, calendar, pauses), level=percent)
        for percent in rule.warn
        if due > start and 0 < percent < 100
    ]
    return Deadline(
        due=due,
        steps=(*warnings, *_escalations(rule, due, calendar)),
        limit=str(limit),
        calendar=PinnedCalendar(name=calendar.name, version=calendar.version, digest=calendar.digest),
        provisional=provisional,
    )


def named(start: datetime, due: datetime) -> Deadline:
    """The deadline that a person named: of a question, a measure, an improvement."""
    if due <= start:
        return Deadline(due, ())
    return Deadline(
        due, (ClockStep(kind=StepKind.WARN, at=start + (due - start) * NAMED_WARN / 100, level=NAMED_WARN),)
    )


def due_at_once(rule: ClockRule, deadline: Deadline, now: datetime, calendar: Calendar) -> Deadline:
    """A deadline that would lie in the past, but was only moved there now: it is due now, and escalated from here."""
    return replace(deadline, due=now, steps=tuple(_escalations(rule, now, calendar)))


def walk_of(rule: ClockRule, limit: Limit, start: datetime, calendar: Calendar, pauses: tuple[Pause, ...] = ()) -> Walk:
    """The way from the start to the deadline, day by day (T-12)."""
    return walk(start, limit, calendar, pauses=pauses, **_options(rule))


def pauses_of(stands: Iterable[Stand]) -> tuple[Pause, ...]:
    """The times in which a clock stood still that are over."""
    return tuple(Pause(stand.since, stand.until, stand.pause) for stand in stands if stand.until is not None)


def _ended(due: datetime | None) -> datetime:
    assert due is not None, "every pause that is counted with has an end"
    return due


def _options(rule: ClockRule) -> dict[str, Any]:
    return {"from_next_day": rule.from_next_day, "roll": rule.roll}


def _warn_at(
    rule: ClockRule,
    limit: Limit,
    start: datetime,
    due: datetime,
    percent: int,
    calendar: Calendar,
    pauses: tuple[Pause, ...],
) -> datetime:
    if not limit.amount:
        return start + (due - start) * percent / 100
    return share(start, due, percent, limit, calendar, pauses=pauses, **_options(rule))


def _escalations(rule: ClockRule, due: datetime, calendar: Calendar) -> Iterable[ClockStep]:
    for number, step in enumerate(rule.escalate, 1):
        after = Limit.parse(step.after)
        at = deadline(due, after, calendar) if after.amount else due
        assert at is not None
        yield ClockStep(kind=StepKind.ESCALATE, at=at, level=number, to=step.to)
