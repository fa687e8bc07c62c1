"""What must fit together within a clock and among clocks: calendars, warnings, escalations, versions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from domain.calendars import MINUTES_OF_A_DAY, Calendar
from domain.limits import WORKING, Limit, Unit
from policies.calendar_files import load_calendars
from policies.draft import Draft
from policies.errors import Mistake, not_known
from policies.lines import KeyPath

ABOUT = {
    Unit.SECONDS: 1,
    Unit.MINUTES: 60,
    Unit.HOURS: 3600,
    Unit.WORKING_MINUTES: 60,
    Unit.WORKING_HOURS: 3600,
    Unit.WORKING_DAYS: 86400,
    Unit.DAYS: 86400,
    Unit.WEEKS: 7 * 86400,
    Unit.MONTHS: 30 * 86400,
    Unit.YEARS: 365 * 86400,
}
"""About how many seconds a unit is, to tell which of two limits is longer."""


def clock_mistakes(draft: Draft) -> Iterator[Mistake]:
    """What does not fit together in the clocks of a draft."""
    for path, clock in draft.items("clocks"):
        yield from _known_calendar(clock, path, draft.data.get("calendars"))
        yield from _limits(clock, path)
        yield from _classes(clock, path)
        yield from _warnings(clock, path)
        yield from _escalations(clock, path)
        yield from _effective(clock, path)
    yield from _versions(draft)


def _known_calendar(clock: dict[str, Any], path: KeyPath, own: Any) -> Iterator[Mistake]:
    name = clock.get("calendar")
    known = [*load_calendars(), *(own if isinstance(own, list) else ())]
    if isinstance(name, str) and name not in known:
        sentence = not_known(name, "a calendar", [str(one) for one in known])
        yield Mistake((*path, "calendar"), f"{sentence} A calendar of your own is named in calendars = [{name!r}].")


def _limits(clock: dict[str, Any], path: KeyPath) -> Iterator[Mistake]:
    limits = clock.get("limit")
    if not isinstance(limits, dict):
        return
    name = clock.get("name")
    if "ordinary" not in limits:
        yield Mistake((*path, "limit"), f"the limit of {name!r} needs an 'ordinary' value, for all that are not named.")
    for key, text in limits.items():
        limit = _parsed(text)
        if limit is None:
            continue
        where = (*path, "limit", key)
        yield from _working(limit, clock, where)
        if clock.get("from_next_day") is True and limit.elapsed is not None and limit.amount:
            yield Mistake(
                (*path, "from_next_day"),
                f"{limit} runs from its start; from_next_day is for limits in days, such as 3wd or 7d.",
            )
            break
        if clock.get("roll") == "next_working_day" and limit.seconds is not None and limit.amount:
            yield Mistake((*path, "roll"), f'{limit} ends at an instant, not on a day; write roll = "next_opening".')
            break
    if clock.get("roll") and _never_closes(_calendar(clock)):
        yield Mistake((*path, "roll"), "this calendar never closes, so nothing rolls; name a calendar that does.")


def _classes(clock: dict[str, Any], path: KeyPath) -> Iterator[Mistake]:
    """A class of cases that would be worse off than it was meant to be."""
    limits = clock.get("limit")
    if not isinstance(limits, dict):
        return
    if "complex" in limits and "major" not in limits:
        yield Mistake(
            (*path, "limit"), "a major case would get the ordinary limit, not the complex one; name 'major' too."
        )
    ordinary = _parsed(limits.get("ordinary"))
    for key in ("urgent", "safety"):
        limit = _parsed(limits.get(key))
        if limit and ordinary and limit.unit is ordinary.unit and limit.amount > ordinary.amount:
            yield Mistake(
                (*path, "limit", key), f"{key} takes {limit}, longer than ordinary, {ordinary}; it must not be slower."
            )


def _working(limit: Limit, clock: dict[str, Any], where: KeyPath) -> Iterator[Mistake]:
    """Working time needs a calendar that somebody has named, and that closes at times."""
    if limit.unit not in WORKING or not limit.amount:
        return
    if "calendar" not in clock:
        yield Mistake(
            where, f'{limit} is working time, and no calendar is named; add one, such as calendar = "cn-house".'
        )
    elif _never_closes(_calendar(clock)):
        yield Mistake(
            where,
            f"{limit} is working time, but calendar {clock['calendar']!r} never closes; name one with working hours, "
            "or write the limit in m, h or d.",
        )


def _warnings(clock: dict[str, Any], path: KeyPath) -> Iterator[Mistake]:
    warn = clock.get("warn")
    numbers = [number for number in warn if isinstance(number, int)] if isinstance(warn, list) else []
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        rising = ", ".join(map(str, sorted(set(numbers))))
        yield Mistake((*path, "warn"), f"warnings rise from one to the next; write [{rising}].")


def _escalations(clock: dict[str, Any], path: KeyPath) -> Iterator[Mistake]:
    steps = clock.get("escalate")
    before = -1
    for number, step in enumerate(steps if isinstance(steps, list) else ()):
        after = _parsed(step.get("after")) if isinstance(step, dict) else None
        if after is None:
            continue
        where = (*path, "escalate", number)
        yield from _working(after, clock, where)
        length = after.amount * ABOUT[after.unit]
        if length <= before:
            yield Mistake(where, f"escalations rise; {after} is not after the step before it.")
        before = length


def _effective(clock: dict[str, Any], path: KeyPath) -> Iterator[Mistake]:
    first, last = _day(clock.get("effective_from")), _day(clock.get("effective_to"))
    if first is not None and last is not None and last < first:
        yield Mistake((*path, "effective_to"), f"{last} is before effective_from, {first}; exchange them.")


def _versions(draft: Draft) -> Iterator[Mistake]:
    """The same name twice is two versions of one clock, each for cases received on other days."""
    seen: dict[str, list[tuple[date, date]]] = {}
    for path, clock in draft.items("clocks"):
        name = clock.get("name")
        if not isinstance(name, str):
            continue
        span = (_day(clock.get("effective_from")) or date.min, _day(clock.get("effective_to")) or date.max)
        for first, last in seen.get(name, ()):
            if first <= span[1] and span[0] <= last:
                yield Mistake(
                    (*path, "name"),
                    f"overlapping versions: another clock {name!r} is for cases received on the same days; give one of "
                    "them another name, or effective_from and effective_to that do not overlap.",
                )
                break
        seen.setdefault(name, []).append(span)


def _calendar(clock: dict[str, Any]) -> Calendar | None:
    name = clock.get("calendar", "round-the-clock")
    return load_calendars().get(name) if isinstance(name, str) else None


def _never_closes(calendar: Calendar | None) -> bool:
    return calendar is not None and all(
        sum(window.closes - window.opens for window in day) == MINUTES_OF_A_DAY for day in calendar.week
    )


def _parsed(text: Any) -> Limit | None:
    try:
        return Limit.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _day(text: Any) -> date | None:
    try:
        return None if text is None else date.fromisoformat(str(text))
    except ValueError:
        return None
