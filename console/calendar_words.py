"""How calendars are called and drawn: words for days and years, and a month as a picture."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from rich.cells import cell_len

from console.words import N_, _, language, listed
from domain.calendars import Calendar, Window

WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))

KINDS_OF_DAYS = {
    "working": N_("working day"),
    "rest_day": N_("rest day"),
    "holiday": N_("holiday"),
    "make_up": N_("make-up working day"),
    "special_hours": N_("hours of its own"),
}
"""The calendar's words for a day, and ours."""

MARKS = {"working": " ", "rest_day": "·", "holiday": "*", "make_up": "+", "special_hours": "~"}
"""How a day is marked in the picture of a month."""

STATUS = {"announced": N_("announced"), "provisional": N_("provisional")}

COLUMN = 6
"""Cells of a day in the picture of a month."""


def title_of(calendar: Calendar) -> str:
    """What the calendar is called in the reader's language."""
    return calendar.title.get(language(), calendar.name)


def hours(windows: Sequence[Window]) -> str:
    """When it is open on a day."""
    return listed(map(str, windows)) if windows else _("not open")


def week_lines(calendar: Calendar) -> list[str]:
    """The usual week: days with the same windows together."""
    return [
        _("{days}: {hours}", days=_days(first, last), hours=hours(calendar.week[first]))
        for first, last in _runs(calendar)
    ]


def _runs(calendar: Calendar) -> Iterator[tuple[int, int]]:
    first = 0
    for day in range(1, 8):
        if day == 7 or calendar.week[day] != calendar.week[first]:
            yield first, day - 1
            first = day


def _days(first: int, last: int) -> str:
    one, other = _(WEEKDAYS[first]), _(WEEKDAYS[last])
    return one if first == last else f"{one}–{other}"


def year_line(calendar: Calendar, year: int) -> str:
    """Who announced the days of a year; empty for a calendar that depends on no notice."""
    if not calendar.years:
        return ""
    notice = calendar.years.get(f"{year:04}")
    if notice is None:
        return _("{year}: nobody has announced its days yet", year=year)
    said = [_(STATUS[notice.status]), notice.published, notice.source]
    return f"{year}: {listed(part for part in said if part)}"


def month_lines(calendar: Calendar, year: int, month: int) -> Iterator[str]:
    """A month as a picture, and below it the days that are not like their day of the week."""
    days = days_of(year, month)
    working = sum(calendar.is_working(day) for day in days)
    yield _("{month}, {number} working days", month=f"{year}-{month:02}", number=working)
    yield "".join(_right(_(name)) for name in WEEKDAYS).rstrip()
    for week in Weeks().monthdatescalendar(year, month):
        cells = (f"{day.day}{MARKS[calendar.why(day)]}" if day.month == month else "" for day in week)
        yield "".join(map(_right, cells)).rstrip()
    for first, last in _specials(calendar, days):
        yield "  " + _special(calendar, first, last)


def days_of(year: int, month: int) -> list[date]:
    """The days of a month."""
    return [day for day in Weeks().itermonthdates(year, month) if day.month == month]


def day_data(calendar: Calendar, day: date) -> dict[str, Any]:
    """One day for programs."""
    return {
        "day": day.isoformat(),
        "why": calendar.why(day),
        "name": dict(calendar.name_of(day)),
        "windows": [str(window).replace("–", "-") for window in calendar.windows_of(day)],
        "provisional": calendar.provisional(day),
    }


def _specials(calendar: Calendar, days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """The special days of a month; those in a row that are alike together."""
    special = [day for day in days if day.isoformat() in calendar.days]
    while special:
        first = last = special.pop(0)
        while special and special[0] == last + timedelta(days=1) and _alike(calendar, first, special[0]):
            last = special.pop(0)
        yield first, last


def _alike(calendar: Calendar, one: date, other: date) -> bool:
    return calendar.days[one.isoformat()] == calendar.days[other.isoformat()]


def _special(calendar: Calendar, first: date, last: date) -> str:
    days = f"{first.day}" if first == last else f"{first.day}–{last.day}"
    name = calendar.name_of(first).get(language(), "")
    windows = calendar.windows_of(first)
    parts = [f"{MARKS[calendar.why(first)]} {days}", _(KINDS_OF_DAYS[calendar.why(first)]), name]
    return "  ".join(part for part in (*parts, hours(windows) if windows else "") if part)


def _right(text: str) -> str:
    """In the column of a day; a mark stands beside the number, not in its place."""
    text = text if text and not text[-1].isalnum() else f"{text} "
    return " " * (COLUMN - cell_len(text)) + text


LEGEND = N_("· rest day   * holiday   + make-up working day   ~ hours of its own")
