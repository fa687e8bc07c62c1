"""How much time is left of a time limit, in the time that it counts: a word, a tone, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from console.limit_words import hours
from console.when import span
from console.words import _, clock_label
from domain.case import Case, Clock
from domain.working_time import worked
from ledger.store import Ledger

SOON = 0.8
"""The part of a limit after which it is *soon*, unless its sheet warned before."""
NARROW = timedelta(minutes=1)


class Tone(StrEnum):
    """How pressing it is. The words say the same as the colour."""

    LATE = "late"
    SOON = "soon"
    CALM = "calm"
    STILL = "still"
    NONE = "none"


@dataclass(frozen=True)
class Countdown:
    """What is left of one time limit."""

    tone: Tone
    words: str = ""
    clock: str = ""
    due: datetime | None = None
    left: timedelta = timedelta(0)
    """Round the clock: by it lists are ordered."""


NOTHING = Countdown(Tone.NONE)


def countdown(case: Case, ledger: Ledger, now: datetime) -> Countdown:
    """The time limit that presses most: the one that is late longest, else the next one, else one that stands still."""
    if case.over:
        return NOTHING
    running = [(name, clock) for name, clock in case.clocks.items() if clock.running]
    ticking = [(clock.due, name) for name, clock in running if clock.breached or not clock.standing]
    if ticking:
        _due, name = min(ticking)
        return of_clock(name, case.clocks[name], ledger, now)
    for name, clock in running:
        return of_clock(name, clock, ledger, now)
    return NOTHING


def of_clock(name: str, clock: Clock, ledger: Ledger, now: datetime) -> Countdown:
    """What is left of this one."""
    left = clock.due - now
    if not clock.running:
        return Countdown(Tone.NONE, "", name, clock.due, left)
    if clock.standing and not clock.breached:
        return Countdown(Tone.STILL, _("stands still"), name, clock.due, left)
    counted, working = _counted(clock, ledger, now)
    counted = _in_minutes(counted)
    words = hours(counted) if working else span(counted)
    if left < timedelta(0) or clock.breached:
        told = _("late by {time} of working time", time=words) if working else _("late by {time}", time=words)
        return Countdown(Tone.LATE, told, name, clock.due, left)
    told = _("{time} of working time left", time=words) if working else _("{time} left", time=words)
    return Countdown(Tone.SOON if _is_soon(clock, now) else Tone.CALM, told, name, clock.due, left)


def title_of(found: Countdown) -> str:
    """The name of the limit."""
    return clock_label(found.clock) if found.clock else ""


def _counted(clock: Clock, ledger: Ledger, now: datetime) -> tuple[timedelta, bool]:
    """The time left, or late, as its calendar counts it; and whether that is less than round the clock."""
    elapsed = abs(clock.due - now)
    if clock.calendar is None:
        return elapsed, False
    begin, end = min(clock.due, now), max(clock.due, now)
    open_for = worked(begin, end, ledger.calendar(clock.calendar.digest))
    return (open_for, True) if elapsed - open_for > NARROW else (elapsed, False)


def _in_minutes(time: timedelta) -> timedelta:
    """Without the seconds, unless there is nothing else."""
    return time if time < timedelta(minutes=1) else time - time % timedelta(minutes=1)


def _is_soon(clock: Clock, now: datetime) -> bool:
    whole = clock.due - clock.started_at
    return clock.warned > 0 or (whole > timedelta(0) and (now - clock.started_at) / whole >= SOON)
