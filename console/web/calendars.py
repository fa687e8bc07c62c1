"""Working calendars: a year as months, each day with what it is and since whose notice."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse

from api.person import Permission
from console.calendar_words import KINDS_OF_DAYS, WEEKDAYS, days_of, hours, title_of, week_lines, year_line
from console.web.desk import AtDesk
from console.web.problems import Page
from console.words import N_, _, language
from domain.calendars import Calendar, SpecialDay
from domain.refusal import Refused
from ledger.derived import calendars_in_force

router = APIRouter(route_class=Page)

SHORT = {
    "working": "",
    "rest_day": "",
    "holiday": N_("off"),
    "make_up": N_("on"),
    "special_hours": N_("short"),
}
"""A mark in the field of a day that is not like its day of the week: a colour never stands alone."""
EARLIEST, LATEST = 1970, 2999


@dataclass(frozen=True)
class Day:
    """A field in the grid of a month."""

    date: date
    why: str
    mark: str
    said: str
    """The whole day in words."""


@dataclass(frozen=True)
class Month:
    """A month as weeks from Monday; None: a day of another month."""

    number: int
    title: str
    working: int
    weeks: tuple[tuple[Day | None, ...], ...]


@router.get("/calendars", include_in_schema=False)
def all_calendars(at: AtDesk) -> HTMLResponse:
    """Those in force."""
    at.need(Permission.SEE_POLICIES)
    found = [(calendar, title_of(calendar)) for calendar in calendars_in_force(at.house.ledger).values()]
    return at.page("calendars.html", calendars=found, year=at.house.ledger.now().astimezone().year)


@router.get("/calendars/{name}", include_in_schema=False)
def one_calendar(at: AtDesk, name: str, year: str = "") -> HTMLResponse:
    """A year of one of them."""
    at.need(Permission.SEE_POLICIES)
    try:
        calendar = at.house.recorder.papers.calendar(name)
    except Refused as error:
        raise HTTPException(404) from error
    today = at.house.ledger.now().astimezone(calendar.zone).date()
    number = int(year) if year.isdecimal() and EARLIEST <= int(year) <= LATEST else today.year
    return at.page(
        "calendar.html",
        calendar=calendar,
        title=title_of(calendar),
        year=number,
        today=today,
        weekdays=[_(day) for day in WEEKDAYS],
        week=week_lines(calendar),
        announced=year_line(calendar, number),
        provisional=calendar.provisional(date(number, 1, 1)),
        months=[_month(calendar, number, month) for month in range(1, 13)],
        specials=specials(calendar, number),
        kinds=[(why, _(text), _(SHORT[why])) for why, text in KINDS_OF_DAYS.items()],
    )


def _month(calendar: Calendar, year: int, month: int) -> Month:
    weeks = tuple(
        tuple(_day(calendar, day) if day.month == month else None for day in week)
        for week in Weeks().monthdatescalendar(year, month)
    )
    working = sum(calendar.is_working(day) for day in days_of(year, month))
    return Month(month, f"{year}-{month:02}", working, weeks)


def _day(calendar: Calendar, day: date) -> Day:
    why = calendar.why(day)
    name = calendar.name_of(day).get(language(), "")
    said = [day.isoformat(), _(KINDS_OF_DAYS[why]), name, hours(calendar.windows_of(day))]
    return Day(day, why, _(SHORT[why]), ", ".join(part for part in said if part))


def specials(calendar: Calendar, year: int) -> list[dict[str, Any]]:
    """The days of a year that are not like their day of the week: the same for whoever does not see the grid."""
    return [
        {
            "days": _from_to(first, last),
            "what": _(KINDS_OF_DAYS[calendar.why(first)]),
            "name": calendar.name_of(first).get(language(), ""),
            "hours": hours(calendar.windows_of(first)),
        }
        for first, last in runs(calendar, year)
    ]


def runs(calendar: Calendar, year: int) -> Iterator[tuple[date, date]]:
    """Special days in a row that are alike, together."""
    days = sorted(date.fromisoformat(key) for key in calendar.days if key.startswith(f"{year:04}-"))
    while days:
        first = last = days.pop(0)
        while days and days[0] - last == timedelta(days=1) and _special(calendar, days[0]) == _special(calendar, first):
            last = days.pop(0)
        yield first, last


def _special(calendar: Calendar, day: date) -> SpecialDay:
    return calendar.days[day.isoformat()]


def _from_to(first: date, last: date) -> str:
    begins, ends = (f"{day.isoformat()} {_(WEEKDAYS[day.weekday()])}" for day in (first, last))
    return begins if first == last else f"{begins} – {ends}"
