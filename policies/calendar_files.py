"""Reads working calendars from TOML and refuses what nobody could work by, with file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from domain.calendars import MINUTES_OF_A_DAY, STATUSES, Calendar, Window, derive
from policies.lines import KeyPath, Lines, line_of

HERE = Path(__file__).parent / "calendars"

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_NONE: Mapping[str, Calendar] = MappingProxyType({})

_FIELDS = ("name", "version", "title", "extends", "time_zone", "week", "make_up_windows", "days", "years")
_LANGUAGES = ("en", "zh")


class CalendarError(ValueError):
    """A calendar that nobody can work by. The sentence names file, line, what is wrong and what would be right."""


@cache
def load_calendars(folder: Path = HERE) -> Mapping[str, Calendar]:
    """The calendars of a folder by name. Raises CalendarError at the first that nobody can work by."""
    waiting = sorted(folder.glob("*.toml"))
    known: dict[str, Calendar] = {}
    while waiting:
        # A calendar is read after its base; what is left when nothing can be read any more says what is missing.
        path = next((path for path in waiting if _extends(path) in {"", *known}), waiting[0])
        calendar = read_calendar(path, known)
        known[calendar.name] = calendar
        waiting.remove(path)
    return known


def read_calendar(path: Path, known: Mapping[str, Calendar] = _NONE) -> Calendar:
    """One calendar; `known` are those that it may extend. Raises CalendarError with file and line."""
    text, data = _read(path)
    return _Reader(path, Lines(text), known).calendar(data)


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        raise CalendarError(f"{path}:{line}: this is not UTF-8; save the file as UTF-8.") from error
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CalendarError(f"{path}:{line_of(error, text)}: not valid TOML: {error}.") from error


def _extends(path: Path) -> str:
    return str(_read(path)[1].get("extends", ""))


class _File:
    """Reads the values of one file, and says where one is wrong."""

    def __init__(self, path: Path, lines: Lines) -> None:
        self.path = path
        self.lines = lines

    def windows(self, windows: Any, path: KeyPath) -> list[list[int]]:
        found: list[list[int]] = []
        for number, text in enumerate(self.array(windows, path)):
            at = (*path, number)
            match = re.fullmatch(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", text) if isinstance(text, str) else None
            if match is None:
                raise self.wrong(at, f"{text!r} is not a window; write it like '09:00-18:00'")
            hours, minutes, hours_then, minutes_then = map(int, match.groups())
            opens, closes = hours * 60 + minutes, hours_then * 60 + minutes_then
            if not opens < closes <= MINUTES_OF_A_DAY:
                raise self.wrong(
                    at,
                    f"the window {text!r} is impossible; a window closes after it opens, at 24:00 at the latest, "
                    "and what goes past midnight is two windows on two days",
                )
            if found and opens < found[-1][1]:
                before = Window(*found[-1])
                raise self.wrong(at, f"the window {text!r} begins before {before} is over; put them in order, apart")
            found.append([opens, closes])
        return found

    def day(self, value: Any, path: KeyPath) -> date:
        """A date, in quotation marks or without."""
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                return date.fromisoformat(value)
        except ValueError:
            raise self.wrong(path, f"{value!r} is not in any calendar; is the day of the month right?") from None
        raise self.wrong(path, f"{value!r} is not a date; write it like '2026-02-14'")

    def names(self, value: Any, path: KeyPath) -> dict[str, str]:
        self.table(value, path)
        self.only("a name", value, path, _LANGUAGES)
        for language in _LANGUAGES:
            if not value.get(language):
                raise self.wrong(path, f"the name in {language!r} is missing; people read English and Chinese")
        return {language: self.text(value[language], (*path, language)) for language in _LANGUAGES}

    def text(self, value: Any, path: KeyPath) -> str:
        if not isinstance(value, str) or not value:
            raise self.wrong(path, f"{value!r} is not text; write it in quotation marks")
        return value

    def table(self, value: Any, path: KeyPath) -> None:
        if not isinstance(value, dict):
            raise self.wrong(path, f"{path[-1]!r} is a table; write it in braces or under a heading of its own")

    def array(self, value: Any, path: KeyPath) -> list[Any]:
        if not isinstance(value, list):
            raise self.wrong(path, f"{path[-1]!r} is a list; write it in square brackets")
        return value

    def only(self, what: str, table: Mapping[str, Any], path: KeyPath, allowed: Iterable[str]) -> None:
        for key in table:
            if key not in allowed:
                raise self.wrong((*path, key), self.unknown(key, f"a setting of {what}", allowed))

    def unknown(self, word: Any, what: str, known: Iterable[str]) -> str:
        return f"{word!r} is not {what}; known: {', '.join(sorted(known)) or 'none'}"

    def wrong(self, path: KeyPath, sentence: str) -> CalendarError:
        stop = "" if sentence.endswith("?") else "."
        return CalendarError(f"{self.path}:{self.lines.of(path)}: {sentence}{stop}")


class _Days:
    """The special days of one file: each is named once, and lies in a year that is listed."""

    def __init__(self, file: _File, years: Mapping[str, Any], usual: list[bool], has_hours: bool) -> None:
        self.file = file
        self.years = years
        self.usual = usual
        self.has_hours = has_hours
        self.found: dict[str, dict[str, Any]] = {}
        self.paths: dict[str, KeyPath] = {}

    def take(self, entries: Any, path: KeyPath) -> None:
        for number, entry in enumerate(self.file.array(entries, path)):
            at = (*path, number)
            self.file.table(entry, at)
            self.file.only("a special day", entry, at, ("name", "off", "make_up", "windows"))
            if "off" not in entry and "make_up" not in entry:
                raise self.file.wrong(at, "this entry names no day; give it 'off', 'make_up' or both")
            name = self.file.names(entry.get("name", {}), (*at, "name"))
            windows = None
            if "windows" in entry:
                if "make_up" not in entry:
                    raise self.file.wrong((*at, "windows"), "a day that is off has no windows; write it as 'make_up'")
                windows = self.file.windows(entry["windows"], (*at, "windows"))
            for place, day in self._dates(entry.get("off", []), (*at, "off")):
                self._put(place, day, {"off": True, "name": name, "windows": None})
            for place, day in self._dates(entry.get("make_up", []), (*at, "make_up")):
                self._make_up(place, day, windows)
                self._put(place, day, {"off": False, "name": name, "windows": windows})

    def _dates(self, value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, date]]:
        """The days of a date, of a range like ``2026-02-15/2026-02-23``, or of a list of them."""
        if isinstance(value, list):
            for number, one in enumerate(value):
                yield from self._dates(one, (*path, number))
            return
        if not isinstance(value, str) or "/" not in value:
            yield path, self.file.day(value, path)
            return
        first, last = (self.file.day(part, path) for part in value.split("/", 1))
        if not first <= last <= first + timedelta(days=366):
            raise self.file.wrong(path, f"{value!r} is not a range; it goes forward, for a year at most")
        for number in range((last - first).days + 1):
            yield path, first + timedelta(days=number)

    def _make_up(self, path: KeyPath, day: date, windows: list[list[int]] | None) -> None:
        if windows is not None:
            return
        if self.usual[day.weekday()]:
            raise self.file.wrong(
                path, f"{day} is a working day anyway; correct the date, or give it 'windows' of its own"
            )
        if not self.has_hours:
            raise self.file.wrong(path, f"nobody knows when {day} is open; write 'make_up_windows' above all tables")

    def _put(self, path: KeyPath, day: date, plain: dict[str, Any]) -> None:
        key = day.isoformat()
        if self.years and key[:4] not in self.years:
            listed = ", ".join(sorted(self.years))
            raise self.file.wrong(path, f"{day} is in a year that is not listed; listed: {listed}")
        if key in self.found:
            line = self.file.lines.of(self.paths[key])
            if self.found[key]["off"] != plain["off"]:
                raise self.file.wrong(path, f"{day} is both off and a make-up day (line {line}); it is one of them")
            raise self.file.wrong(path, f"{day} is named twice (line {line}); name it once")
        self.found[key], self.paths[key] = plain, path


class _Reader(_File):
    """Turns one file into what `Calendar.from_data` and `derive` take."""

    def __init__(self, path: Path, lines: Lines, known: Mapping[str, Calendar]) -> None:
        super().__init__(path, lines)
        self.known = known

    def calendar(self, data: dict[str, Any]) -> Calendar:
        self.only("a calendar", data, (), _FIELDS)
        base = self._base(data)
        for name in ("name", "version", "title") if base else ("name", "version", "title", "time_zone", "week"):
            if name not in data:
                raise self.wrong((), f"{name!r} is missing; every calendar has one")
        if self.text(data["name"], ("name",)) != self.path.stem:
            raise self.wrong(("name",), f"{data['name']!r} is in a file of another name; write {self.path.stem!r}")
        plain: dict[str, Any] = {
            "name": data["name"],
            "version": self.text(data["version"], ("version",)),
            "title": self.names(data["title"], ("title",)),
        }
        if "time_zone" in data:
            plain["time_zone"] = self._zone(data["time_zone"])
        if "make_up_windows" in data:
            plain["make_up_windows"] = self.windows(data["make_up_windows"], ("make_up_windows",))
        week = self._week(data.get("week", {}), base)
        if "week" in data:
            plain["week"] = week
        years = self._years(data.get("years", {}))
        days = self._days(data, week, base, years)
        if days:
            plain["days"] = days
        return derive(plain, base) if base else Calendar.from_data({**plain, "years": years})

    def _days(
        self, data: dict[str, Any], week: list[Any], base: Calendar | None, years: dict[str, Any]
    ) -> dict[str, dict[str, Any]]:
        """The special days of the notices, and those of the calendar itself."""
        usual = [bool(base.week[day] if base and mine is None else mine) for day, mine in enumerate(week)]
        make_up_windows = data.get("make_up_windows", base.make_up_windows if base else ())
        days = _Days(self, base.years if base else years, usual, bool(make_up_windows))
        for year in years:
            days.take(data["years"][year].get("holidays", []), ("years", year, "holidays"))
        days.take(data.get("days", []), ("days",))
        if not any(usual):
            raise self.wrong(("week",), "no day of the week is open; give at least one day of the week a window")
        return days.found

    def _base(self, data: dict[str, Any]) -> Calendar | None:
        if "extends" not in data:
            return None
        base = self.known.get(self.text(data["extends"], ("extends",)))
        if base is None:
            raise self.wrong(("extends",), self.unknown(data["extends"], "a calendar to extend", self.known))
        if "years" in data:
            raise self.wrong(("years",), f"years belong to {base.name!r}, which announces them; put your own in days")
        return base

    def _years(self, years: Any) -> dict[str, Any]:
        """The notices; the days that they announce come later."""
        self.table(years, ("years",))
        found = {}
        for year, notice in years.items():
            path = ("years", year)
            if not re.fullmatch(r"[12][0-9]{3}", year):
                raise self.wrong(path, f"{year!r} is not a year; write it like 2026")
            self.table(notice, path)
            self.only("a year", notice, path, ("status", "source", "published", "holidays"))
            if notice.get("status") not in STATUSES:
                status = notice.get("status", "")
                raise self.wrong((*path, "status"), f"{status!r} is not a status; known: {', '.join(STATUSES)}")
            if not notice.get("source"):
                raise self.wrong(path, "'source' is missing; say who announced this year, or what its days come from")
            found[year] = {
                "status": notice["status"],
                "source": self.text(notice["source"], (*path, "source")),
                "published": "",
            }
            if "published" in notice:
                found[year]["published"] = self.day(notice["published"], (*path, "published")).isoformat()
        return found

    def _week(self, week: Any, base: Calendar | None) -> list[list[list[int]] | None]:
        """The windows from Monday on. None: as the base has it."""
        self.table(week, ("week",))
        found: list[list[list[int]] | None] = [None] * 7 if base else [[] for _ in WEEKDAYS]
        named: set[int] = set()
        for key, windows in week.items():
            path = ("week", key)
            first, _, last = key.partition("-")
            if first not in WEEKDAYS or (last or first) not in WEEKDAYS[WEEKDAYS.index(first) :]:
                days = ", ".join(WEEKDAYS)
                raise self.wrong(path, f"{key!r} is not a day of the week; write one of {days}, or mon-fri")
            for day in range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1):
                if day in named:
                    raise self.wrong(path, f"{WEEKDAYS[day]!r} is named twice; name it once")
                named.add(day)
                found[day] = self.windows(windows, path)
        return found

    def _zone(self, zone: Any) -> str:
        try:
            return ZoneInfo(self.text(zone, ("time_zone",))).key
        except (KeyError, ValueError, OSError) as error:
            sentence = f"{zone!r} is not a time zone; write an IANA name like 'Asia/Shanghai'"
            like = get_close_matches(str(zone), available_timezones(), 1)
            raise self.wrong(("time_zone",), sentence + (f"; did you mean {like[0]!r}?" if like else "")) from error
