"""The shape of a working calendar: when an organisation is open, which days are off, and who announced that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

MINUTES_OF_A_DAY = 1440

STATUSES = ("announced", "provisional")
"""What may be known of a year."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Window(NamedTuple):
    """Open from a minute of the local day until before another: 540 to 720 is 09:00–12:00."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return f"{_clock(self.opens)}–{_clock(self.closes)}"


@dataclass(frozen=True)
class SpecialDay:
    """A date that is not like its day of the week: a holiday, a make-up working day (调休), a short day."""

    off: bool
    name: Mapping[str, str] = field(default_factory=dict)
    """By language."""
    windows: tuple[Window, ...] | None = None
    """Its own windows; None: those of the calendar's make-up days."""


@dataclass(frozen=True)
class YearNotice:
    """Who announced the days of a year; ``provisional``: nobody did yet."""

    status: str
    source: str = ""
    published: str = ""
    """ISO date."""


class LocalDay(NamedTuple):
    """One day of a calendar in microseconds since 1970 UTC: where it begins and ends, and when it is open."""

    day: date
    begins: int
    ends: int
    open: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When an organisation works. Content-addressed like a sheet; derived calendars stand on a public one."""

    name: str
    version: str
    title: Mapping[str, str]
    time_zone: str
    """IANA name."""
    week: tuple[tuple[Window, ...], ...]
    """Seven days from Monday; a day without windows is a rest day."""
    make_up_windows: tuple[Window, ...] = ()
    days: Mapping[str, SpecialDay] = field(default_factory=dict)
    """By ISO date."""
    years: Mapping[str, YearNotice] = field(default_factory=dict)
    """Empty: depends on no notices, and is never provisional."""
    extends: str = ""
    """The calendar that it was derived from."""
    own: Mapping[str, Any] = field(default_factory=dict)
    """What is its own and not its base's, as plain data: with it `rederive` puts it on a new base."""

    def windows_of(self, day: date) -> tuple[Window, ...]:
        """When it is open on this day."""
        special = self.days.get(day.isoformat())
        if special is None:
            return self.week[day.weekday()]
        if special.off:
            return ()
        return self.make_up_windows if special.windows is None else special.windows

    def is_working(self, day: date) -> bool:
        """Whether it is open at all on this day."""
        return bool(self.windows_of(day))

    def why(self, day: date) -> str:
        """The reason as a word: working, rest_day, holiday, make_up or special_hours."""
        special = self.days.get(day.isoformat())
        usual = self.week[day.weekday()]
        if special is None:
            return "working" if usual else "rest_day"
        if special.off:
            return "holiday"
        return "special_hours" if usual and special.windows is not None else "make_up"

    def name_of(self, day: date) -> Mapping[str, str]:
        """What a special day is called, by language; empty for all others."""
        special = self.days.get(day.isoformat())
        return {} if special is None else special.name

    def provisional(self, day: date) -> bool:
        """Whether nobody has announced yet which days of this year are off."""
        if not self.years:
            return False
        notice = self.years.get(f"{day.year:04}")
        return notice is None or notice.status != "announced"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone that its days and windows are in."""
        return ZoneInfo(self.time_zone)

    def instant(self, day: date, minute: int) -> datetime:
        """A minute of the local day in UTC.

        Where clocks are put back, it is the first of the two; where they are put forward, it comes later by the gap.
        """
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return (midnight + timedelta(minutes=minute)).astimezone(UTC)

    def local_day(self, ordinal: int) -> LocalDay:
        """The day with this proleptic Gregorian ordinal. Each is worked out once: deadlines ask for the same ones."""
        known = self._local_days.get(ordinal)
        if known is None:
            known = self._local_days[ordinal] = self._worked_out(date.fromordinal(ordinal))
        return known

    def day_at(self, at: int) -> LocalDay:
        """The day in which this microsecond lies."""
        ordinal = at // _DAY + _ORDINAL_1970
        day = self.local_day(ordinal)
        while at < day.begins:
            ordinal -= 1
            day = self.local_day(ordinal)
        while at >= day.ends:
            ordinal += 1
            day = self.local_day(ordinal)
        return day

    @cached_property
    def _local_days(self) -> dict[int, LocalDay]:
        return {}

    def _worked_out(self, day: date) -> LocalDay:
        begins, ends = (micros(self.instant(day, minute)) for minute in (0, MINUTES_OF_A_DAY))
        spans: list[tuple[int, int]] = []
        closed = begins
        for window in self.windows_of(day):
            # Where clocks are put forward, a window may begin or end in the gap: it never overlaps its neighbours.
            opens = max(closed, micros(self.instant(day, window.opens)))
            closes = min(ends, micros(self.instant(day, window.closes)))
            if opens < closes:
                spans.append((opens, closes))
                closed = closes
        return LocalDay(day, begins, ends, tuple(spans))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content: two calendars with one digest work alike."""
        canonical = json.dumps(self.to_data(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_data(self) -> dict[str, Any]:
        """Plain data with all defaults filled in: what the ledger keeps."""
        return {
            "name": self.name,
            "version": self.version,
            "title": dict(self.title),
            "time_zone": self.time_zone,
            "week": [[list(window) for window in windows] for windows in self.week],
            "make_up_windows": [list(window) for window in self.make_up_windows],
            "days": {key: _day_to_data(day) for key, day in sorted(self.days.items())},
            "years": {
                key: {"status": year.status, "source": year.source, "published": year.published}
                for key, year in sorted(self.years.items())
            },
            "extends": self.extends,
            "own": json.loads(json.dumps(self.own)),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Calendar:
        """Read plain data back. Raises ValueError or TypeError when a field is unknown or of the wrong shape.

        It comes from files and from people, so what would make a deadline fail later is refused here.
        """
        values = dict(data)
        values["week"] = tuple(_windows(day) for day in values["week"])
        if len(values["week"]) != 7:
            raise ValueError(f"A week has 7 days, from Monday; this one has {len(values['week'])}.")
        values["make_up_windows"] = _windows(values.get("make_up_windows", ()))
        values["days"] = {key: _day_from_data(day) for key, day in values.get("days", {}).items()}
        values["years"] = {key: YearNotice(**year) for key, year in values.get("years", {}).items()}
        calendar = cls(**values)
        _check(calendar)
        return calendar


def derive(own: Mapping[str, Any], base: Calendar) -> Calendar:
    """An organisation's calendar: the days and years of its base, and what is its own.

    `own` is plain data in the shape of `Calendar.to_data`: name, version and title, and what differs of time_zone,
    week, make_up_windows and days. A day of the week that is None is the base's; its own days win. The version names
    both, since either may change.
    """
    unknown = sorted(set(own) - {"name", "version", "title", "time_zone", "week", "make_up_windows", "days"})
    if unknown:
        raise ValueError(f"A derived calendar has no {unknown[0]!r} of its own; it takes it from its base.")
    for name in ("name", "version", "title"):
        if name not in own:
            raise ValueError(f"A derived calendar needs a {name!r} of its own.")
    data = base.to_data()
    return Calendar.from_data(
        {
            **data,
            **own,
            "version": f"{own['version']}+{base.version}",
            "week": [data["week"][day] if mine is None else mine for day, mine in enumerate(own.get("week", _BASES))],
            "days": {**data["days"], **own.get("days", {})},
            "extends": base.name,
            "own": dict(own),
        }
    )


def rederive(calendar: Calendar, base: Calendar) -> Calendar:
    """The same calendar on a new version of its base."""
    if calendar.extends != base.name:
        raise ValueError(f"Calendar {calendar.name!r} stands on {calendar.extends!r}, not on {base.name!r}.")
    return derive(calendar.own, base)


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC: whole numbers, so that nothing is lost in adding up."""
    return (at - EPOCH) // MICROSECOND


_BASES = (None,) * 7
_DAY = MINUTES_OF_A_DAY * 60_000_000
_ORDINAL_1970 = EPOCH.toordinal()


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _windows(data: Any) -> tuple[Window, ...]:
    windows = tuple(Window(*window) for window in data)
    closed = 0
    for window in windows:
        if not closed <= window.opens < window.closes <= MINUTES_OF_A_DAY:
            raise ValueError(f"The window {window} is not possible here; windows follow one another within one day.")
        closed = window.closes
    return windows


def _check(calendar: Calendar) -> None:
    try:
        ZoneInfo(calendar.time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"{calendar.time_zone!r} is not a time zone; write an IANA name like 'Asia/Shanghai'."
        ) from error
    for key in calendar.days:
        if date.fromisoformat(key).isoformat() != key:
            raise ValueError(f"{key!r} is not a date; write it like '2026-02-14'.")
    for year in calendar.years.values():
        if year.status not in STATUSES:
            raise ValueError(f"{year.status!r} is not a status of a year; known: {', '.join(STATUSES)}.")


def _day_to_data(day: SpecialDay) -> dict[str, Any]:
    windows = None if day.windows is None else [list(window) for window in day.windows]
    return {"off": day.off, "name": dict(day.name), "windows": windows}


def _day_from_data(data: Mapping[str, Any]) -> SpecialDay:
    values = dict(data)
    if values.get("windows") is not None:
        values["windows"] = _windows(values["windows"])
    return SpecialDay(**values)
