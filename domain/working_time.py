"""Deadlines: the only place where they are computed, as a walk from day to day that can be shown to people."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from domain.calendars import EPOCH, Calendar, LocalDay, Window, micros
from domain.limits import WORKING, Limit, Unit

LONGEST = 4000
"""Days that a walk takes at most: on a calendar that is never open, it would never end."""

ROLLS = ("", "next_opening", "next_working_day")
"""What becomes of a deadline that falls where nobody works."""

_SECOND = 1_000_000
_NEVER = 1 << 63


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that does not count, for a reason with a name; without an end, it still lasts."""

    start: datetime
    end: datetime | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One local day of a walk: what it added, and why it did or did not."""

    day: date
    why: str
    """The calendar's word: working, rest_day, holiday, make_up or special_hours."""
    name: Mapping[str, str]
    """What the calendar calls the day, by language."""
    windows: tuple[Window, ...]
    counted: int
    """Seconds for limits in time, otherwise 1 or 0."""
    total: int
    """What was counted up to the end of this day."""
    paused: int
    """What a pause kept from being counted: seconds for limits in time, otherwise 1 or 0."""
    pauses: tuple[str, ...] = ()
    """The names of the pauses that did."""
    rolled: bool = False
    """Whether the deadline came to this day, or past it, only because it moved from where nobody works."""
    provisional: bool = False
    """Whether it matters what kind of day this is, and nobody has announced it yet."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A deadline, and the days that lead to it."""

    due: datetime | None
    """None: it stands still in a pause without end."""
    provisional: bool
    lines: tuple[Line, ...]


def deadline(
    start: datetime,
    limit: Limit,
    calendar: Calendar,
    *,
    from_next_day: bool = False,
    roll: str = "",
    pauses: Iterable[Pause] = (),
) -> datetime | None:
    """The instant at which the limit is used up, in UTC. None: it stands still in a pause without end.

    `from_next_day`: the day of the start does not count. `roll`: where a deadline moves that falls where nobody works:
    ``next_opening``, or for limits in days ``next_working_day``.
    """
    due: int | None = None
    for step in _steps(start, limit, calendar, from_next_day, roll, tuple(pauses)):
        due = step.due
    return None if due is None else _instant(due)


def walk(
    start: datetime,
    limit: Limit,
    calendar: Calendar,
    *,
    from_next_day: bool = False,
    roll: str = "",
    pauses: Iterable[Pause] = (),
) -> Walk:
    """The same deadline with a line for each local day that it took."""
    pauses = tuple(pauses)
    unit = 1 if limit.seconds is None else _SECOND
    due: int | None = None
    total = paused = 0
    lines: list[Line] = []
    for step in _steps(start, limit, calendar, from_next_day, roll, pauses):
        due = step.due
        day = step.day.day
        provisional = step.looked and calendar.provisional(day)
        if lines and day <= lines[-1].day:
            lines[-1] = replace(lines[-1], provisional=lines[-1].provisional or provisional)
            continue
        # Whole seconds of the sums, so that the lines add up even if the start has a fraction.
        counted_before, paused_before = total // unit, paused // unit
        total, paused = total + step.counted, paused + step.paused
        lines.append(
            Line(
                day=day,
                why=calendar.why(day),
                name=calendar.name_of(day),
                windows=calendar.windows_of(day),
                counted=total // unit - counted_before,
                total=total // unit,
                paused=paused // unit - paused_before,
                pauses=_names(pauses, step.day, calendar, by_day=unit == 1) if step.paused else (),
                rolled=step.rolled,
                provisional=provisional,
            )
        )
    return Walk(
        due=None if due is None else _instant(due),
        provisional=any(line.provisional for line in lines),
        lines=tuple(lines),
    )


def share(
    start: datetime,
    due: datetime,
    percent: int,
    limit: Limit,
    calendar: Calendar,
    *,
    from_next_day: bool = False,
    roll: str = "",
    pauses: Iterable[Pause] = (),
) -> datetime:
    """The instant at which so much of the limit is used, never later than it is due.

    Limits in days are used as the time that counts between start and due passes: working time for working days.
    `roll` changes nothing: what a deadline wins by moving is no part of the limit.
    """
    del roll
    begins, ends = _micros(start), _micros(due)
    if from_next_day:
        begins = calendar.day_at(begins).ends
    stops = _merged(pauses)
    working = limit.unit in WORKING
    if limit.seconds is not None:
        amount = limit.seconds * _SECOND
    else:
        amount = _running(begins, ends, calendar, working, stops)
    reached: int | None = None
    for step in _time(begins, amount * percent // 100, calendar, working, stops):
        reached = step.due
    return due.astimezone(UTC) if reached is None or reached > ends else _instant(reached)


def worked(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How long the calendar was open between the two; nothing if the end is not later."""
    return timedelta(microseconds=_running(_micros(start), _micros(end), calendar, True, ()))


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether it is open at this instant; at the instant of closing it is not."""
    instant = _micros(at)
    return any(opens <= instant < closes for opens, closes in calendar.day_at(instant).open)


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """The first instant from this one on at which it is open: this one, if it is."""
    instant = _micros(at)
    opening = instant
    for step in _to_opening(instant, calendar.day_at(instant), calendar, closing=False):
        opening = instant if step.due is None else step.due
    return _instant(opening)


class _Step(NamedTuple):
    """One day of the algorithm, in microseconds; the last one that says when it is due is right."""

    day: LocalDay
    counted: int = 0
    paused: int = 0
    due: int | None = None
    looked: bool = False
    """Whether it mattered what the calendar says about the day."""
    rolled: bool = False


def _steps(
    start: datetime, limit: Limit, calendar: Calendar, from_next_day: bool, roll: str, pauses: tuple[Pause, ...]
) -> Iterator[_Step]:
    """The one algorithm: the days from the start to where it is due."""
    if roll not in ROLLS:
        raise ValueError(f"{roll!r} is not a way to move a deadline; known: {', '.join(ROLLS[1:])}.")
    begins = _micros(start)
    working = limit.unit in WORKING
    seconds = limit.seconds
    if seconds is not None:
        if roll == "next_working_day":
            raise ValueError(f"{limit} ends at an instant, not on a day: it can move to the next opening only.")
        if from_next_day:
            first = calendar.day_at(begins)
            yield _Step(first)
            begins = first.ends
        steps = _time(begins, seconds * _SECOND, calendar, working, _merged(pauses))
    else:
        steps = _days(start, limit, calendar, working, from_next_day, _paused_days(pauses, calendar))
    last: _Step | None = None
    for last in steps:
        yield last
    if roll and last is not None and last.due is not None:
        if roll == "next_opening":
            # A deadline at the very instant of closing stays, so the day before midnight is asked.
            at = last.due
            for step in _to_opening(at, calendar.day_at(at - 1), calendar, closing=True):
                yield step._replace(rolled=True)
        else:
            yield from _to_working_day(last.due, last.day, calendar, working)


def _time(
    begins: int, amount: int, calendar: Calendar, working: bool, stops: tuple[tuple[int, int], ...]
) -> Iterator[_Step]:
    """Count microseconds, round the clock or while it is open, that lie in no pause."""
    day = calendar.day_at(begins)
    if amount == 0:
        yield _Step(day, due=begins)
        return
    left = amount
    first = day.day.toordinal()
    for ordinal in range(first, first + LONGEST):
        day = calendar.local_day(ordinal)
        before, paused = left, 0
        for opens, closes in day.open if working else ((day.begins, day.ends),):
            at = opens if opens > begins else begins
            if at >= closes:
                continue
            for stopped, goes_on in stops:
                if goes_on <= at:
                    continue
                if stopped >= closes:
                    break
                if stopped > at:
                    if stopped - at >= left:
                        break
                    left -= stopped - at
                    at = stopped
                until = goes_on if goes_on < closes else closes
                paused += until - at
                at = until
                if at == closes:
                    break
            if at == closes:
                continue
            if closes - at >= left:
                yield _Step(day, before, paused, at + left, working)
                return
            left -= closes - at
        looked = working and not (stops and _covered(day, begins, stops))
        yield _Step(day, before - left, paused, None, looked)
        if stops and stops[-1][1] == _NEVER and stops[-1][0] < day.ends:
            return
    raise _too_long(calendar)


def _days(
    start: datetime,
    limit: Limit,
    calendar: Calendar,
    working: bool,
    from_next_day: bool,
    paused_days: tuple[tuple[int, int], ...],
) -> Iterator[_Step]:
    """Count days after the day of the start: all, or those on which it is open, that are in no pause."""
    local = start.astimezone(calendar.zone)
    ordinal = local.toordinal()
    day = calendar.local_day(ordinal)
    begins = micros(start)
    if working and not from_next_day:
        for moved in _to_opening(begins, calendar.day_at(begins), calendar, closing=False):
            day = moved.day
            yield moved._replace(due=None)
            if moved.due is not None and moved.due != begins:
                begins = moved.due
                local = _instant(begins).astimezone(calendar.zone)
        ordinal = day.day.toordinal()
    amount = _days_of(limit, local.date())
    if amount == 0:
        yield _Step(day, due=_last_instant(day, begins, working) if from_next_day else begins, looked=working)
        return
    yield _Step(day, looked=working and not from_next_day)
    for later in range(ordinal + 1, ordinal + 1 + LONGEST):
        day = calendar.local_day(later)
        if paused_days:
            ends = [last for first, last in paused_days if first < later <= last]
            if ends:
                yield _Step(day, paused=1)
                if _NEVER in ends:
                    return
                continue
        if working and not day.open:
            yield _Step(day, looked=True)
            continue
        amount -= 1
        if amount == 0:
            if from_next_day:
                due = day.open[-1][1] if working else day.ends
            else:
                due = micros(local.replace(year=day.day.year, month=day.day.month, day=day.day.day, fold=0))
                if working:
                    due = min(max(due, day.open[0][0]), day.open[-1][1])
            yield _Step(day, 1, due=due, looked=working)
            return
        yield _Step(day, 1, looked=working)
    raise _too_long(calendar)


def _to_opening(at: int, day: LocalDay, calendar: Calendar, *, closing: bool) -> Iterator[_Step]:
    """The days from this one to where it is next open; with `closing`, the instant of closing is still open."""
    first = day.day.toordinal()
    for ordinal in range(first, first + LONGEST):
        day = calendar.local_day(ordinal)
        for opens, closes in day.open:
            if at < closes or (closing and at == closes):
                yield _Step(day, due=max(opens, at), looked=True)
                return
        yield _Step(day, due=None, looked=True)
    raise _too_long(calendar)


def _to_working_day(due: int, last: LocalDay, calendar: Calendar, working: bool) -> Iterator[_Step]:
    """The days from the last one, if it is a rest day, to the end of the next working day."""
    first = last.day.toordinal()
    for ordinal in range(first, first + LONGEST):
        day = calendar.local_day(ordinal)
        if day.open:
            moved = ordinal > first
            end = day.open[-1][1] if working else day.ends
            yield _Step(day, due=end if moved else due, looked=True, rolled=moved)
            return
        yield _Step(day, looked=True, rolled=True)
    raise _too_long(calendar)


def _running(begins: int, ends: int, calendar: Calendar, working: bool, stops: tuple[tuple[int, int], ...]) -> int:
    """The microseconds between the two that count."""
    total = 0
    if begins < ends:
        first, last = calendar.day_at(begins).day.toordinal(), calendar.day_at(ends).day.toordinal()
        for ordinal in range(first, last + 1):
            day = calendar.local_day(ordinal)
            for opens, closes in day.open if working else ((day.begins, day.ends),):
                at, until = max(opens, begins), min(closes, ends)
                if at < until:
                    total += until - at
                    total -= sum(max(0, min(until, goes_on) - max(at, stopped)) for stopped, goes_on in stops)
    return total


def _days_of(limit: Limit, first: date) -> int:
    """The limit as a number of days after the first. A month later is the same day, or the month's last."""
    match limit.unit:
        case Unit.WEEKS:
            return 7 * limit.amount
        case Unit.MONTHS | Unit.YEARS:
            months = limit.amount * (12 if limit.unit is Unit.YEARS else 1)
            if months > LONGEST:
                return LONGEST + 1
            year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
            last = monthrange(year, month + 1)[1]
            return (date(year, month + 1, min(first.day, last)) - first).days
        case _:
            return limit.amount


def _last_instant(day: LocalDay, begins: int, working: bool) -> int:
    """Where a limit of no days ends if the day of the start does not count: with that day."""
    if not working:
        return day.ends
    return max(begins, day.open[-1][1]) if day.open else begins


def _merged(pauses: Iterable[Pause]) -> tuple[tuple[int, int], ...]:
    """The pauses in order and without overlaps. A pause that ends before it starts is none."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((_micros(p.start), _NEVER if p.end is None else _micros(p.end)) for p in pauses):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif start < end:
            merged.append((start, end))
    return tuple(merged)


def _paused_days(pauses: Iterable[Pause], calendar: Calendar) -> tuple[tuple[int, int], ...]:
    """The days of each pause: those after the one on which it starts, up to the one on which it ends."""
    return tuple(
        (_ordinal(pause.start, calendar), _NEVER if pause.end is None else _ordinal(pause.end, calendar))
        for pause in pauses
    )


def _covered(day: LocalDay, begins: int, stops: tuple[tuple[int, int], ...]) -> bool:
    """Whether a pause takes all of the day, so that it does not matter what kind of day it is."""
    return any(stopped <= max(day.begins, begins) and day.ends <= goes_on for stopped, goes_on in stops)


def _names(pauses: tuple[Pause, ...], day: LocalDay, calendar: Calendar, *, by_day: bool) -> tuple[str, ...]:
    ordinal = day.day.toordinal()
    return tuple(
        pause.name
        for pause in pauses
        if pause.name
        and (
            _ordinal(pause.start, calendar) < ordinal
            and (pause.end is None or ordinal <= _ordinal(pause.end, calendar))
            if by_day
            else _micros(pause.start) < day.ends and (pause.end is None or day.begins < _micros(pause.end))
        )
    )


def _ordinal(at: datetime, calendar: Calendar) -> int:
    if at.tzinfo is None:
        raise _naive(at)
    return at.astimezone(calendar.zone).toordinal()


def _micros(at: datetime) -> int:
    if at.tzinfo is None:
        raise _naive(at)
    return micros(at)


def _instant(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def _naive(at: datetime) -> ValueError:
    return ValueError(f"{at.isoformat()} has no time zone; deadlines are computed from instants only.")


def _too_long(calendar: Calendar) -> ValueError:
    return ValueError(
        f"No deadline within {LONGEST} days on calendar {calendar.name!r}: the limit is too long, or the calendar has "
        f"hardly any working days."
    )
