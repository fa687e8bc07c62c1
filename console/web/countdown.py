"""How much time is left of a time limit, in the time that it counts: a word, a tone, never a colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from console.limit_words import hours
from console.when import span
from console.words import _, clock_label
from domain.calendars import Calendar
from domain.case import Case, Clock
from domain.summary import pressing_clock
from domain.working_time import worked
from ledger.store import Ledger

SOON = 0.8
"""The part of a limit after which it is *soon*, unless its sheet warned before."""
NARROW = timedelta(minutes=1)
ROUGHLY = timedelta(hours=1)
"""What is further away is counted from the whole minute."""


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
    found = pressing_clock(case)
    return of_clock(*found, ledger, now) if found else NOTHING


def of_clock(name: str, clock: Clock, ledger: Ledger, now: datetime) -> Countdown:
    """What is left of this one."""
    if not clock.running:
        return Countdown(Tone.NONE, "", name, clock.due, clock.due - now)
    standing = clock.standing and not clock.breached
    calendar = clock.calendar.digest if clock.calendar else ""
    limit = _Limit(name, clock.due, clock.started_at, standing, clock.breached, clock.warned > 0, calendar)
    return _told(limit, ledger, now)


def of_row(row: Mapping[str, Any], ledger: Ledger, now: datetime) -> Countdown:
    """What is left of the one that presses most, by a line of the read models: no case is read for it."""
    name, due = row["clock"], row["clock_due"]
    if not name:
        return NOTHING
    since = row["clock_since"]
    breached, warned = name in row["breached"], row["clock_warned"]
    return _told(_Limit(name, due or since, since, due is None, breached, warned, row["clock_calendar"]), ledger, now)


@dataclass(frozen=True)
class _Limit:
    """A running time limit, wherever it was read."""

    name: str
    due: datetime
    since: datetime
    standing: bool
    breached: bool
    warned: bool
    calendar: str

    def is_soon(self, now: datetime) -> bool:
        """Whether most of it is used up, or a warning was given."""
        whole = self.due - self.since
        return self.warned or (whole > timedelta(0) and (now - self.since) / whole >= SOON)


def _told(limit: _Limit, ledger: Ledger, now: datetime) -> Countdown:
    left = limit.due - now
    if limit.standing:
        return Countdown(Tone.STILL, _("stands still"), limit.name, None, timedelta(0))
    counted, working = _counted(limit, ledger, now)
    counted = _in_minutes(counted)
    words = hours(counted) if working else span(counted)
    if left < timedelta(0) or limit.breached:
        told = _("late by {time} of working time", time=words) if working else _("late by {time}", time=words)
        return Countdown(Tone.LATE, told, limit.name, limit.due, left)
    told = _("{time} of working time left", time=words) if working else _("{time} left", time=words)
    return Countdown(Tone.SOON if limit.is_soon(now) else Tone.CALM, told, limit.name, limit.due, left)


def title_of(found: Countdown) -> str:
    """The name of the limit."""
    return clock_label(found.clock) if found.clock else ""


def _counted(limit: _Limit, ledger: Ledger, now: datetime) -> tuple[timedelta, bool]:
    """The time left, or late, as its calendar counts it; and whether that is less than round the clock."""
    elapsed = abs(limit.due - now)
    if not limit.calendar:
        return elapsed, False
    if elapsed > ROUGHLY:
        now = now.replace(second=0, microsecond=0)
    calendar = _Pinned(limit.calendar, ledger.calendar(limit.calendar))
    open_for = _open_for(min(limit.due, now), max(limit.due, now), calendar)
    return (open_for, True) if elapsed - open_for > NARROW else (elapsed, False)


@dataclass(frozen=True)
class _Pinned:
    """A calendar, known by its digest."""

    digest: str
    calendar: Calendar = field(compare=False)


@lru_cache(8192)
def _open_for(begin: datetime, end: datetime, pinned: _Pinned) -> timedelta:
    """Lists are shown again and again, and what is hours away is told in minutes: within one it is counted once."""
    return worked(begin, end, pinned.calendar)


def _in_minutes(time: timedelta) -> timedelta:
    """Without the seconds, unless there is nothing else."""
    return time if time < timedelta(minutes=1) else time - time % timedelta(minutes=1)
