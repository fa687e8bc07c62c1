"""Working time: every deadline equals a walk minute by minute, and can be explained day by day."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendars import Calendar, SpecialDay, Window, YearNotice
from domain.limits import Limit, Unit
from domain.working_time import Line, Pause, deadline, is_open, next_opening, share, walk, worked

SPANS = int(os.environ.get("CASEFOLD_SPANS", "2000"))
SEED = int(os.environ.get("CASEFOLD_SEED", "20261122"))

OFFICE = (Window(540, 720), Window(810, 1080))
SHANGHAI = ZoneInfo("Asia/Shanghai")
SPRING = {"en": "Spring Festival", "zh": "春节"}

CHINA = Calendar(
    name="china",
    version="1",
    title={},
    time_zone="Asia/Shanghai",
    week=(*(OFFICE,) * 5, (), ()),
    make_up_windows=OFFICE,
    days={
        **{f"2026-02-{day}": SpecialDay(off=True, name=SPRING) for day in range(15, 24)},
        **{f"2026-02-{day}": SpecialDay(off=False, name=SPRING) for day in (14, 28)},
    },
    years={"2026": YearNotice("announced", "Notice 7"), "2027": YearNotice("provisional", "the law")},
)
DESK = replace(CHINA, name="desk", week=((Window(540, 1260),),) * 7, days={}, years={})
LONDON = replace(CHINA, name="london", time_zone="Europe/London", days={}, years={})
NEVER = replace(CHINA, name="never", week=((),) * 7, days={}, years={})
ALWAYS = replace(CHINA, name="always", week=((Window(0, 1440),),) * 7, days={}, years={})


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    """A wall time, in China if nothing else is said."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def shown(instant: datetime | None, zone: str = "Asia/Shanghai") -> str | None:
    return None if instant is None else instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def due(
    start: str, limit: str, calendar: Calendar = CHINA, zone: str = "Asia/Shanghai", **options: object
) -> str | None:
    return shown(deadline(at(start, zone), Limit.parse(limit), calendar, **options), zone)  # type: ignore[arg-type]


# ── What people say ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-07")
@pytest.mark.parametrize(
    ("start", "limit", "expected"),
    [
        # Round the clock
        ("2026-02-13 17:00", "24h", "2026-02-14 17:00"),
        ("2026-02-13 23:58", "5m", "2026-02-14 00:03"),
        ("2026-02-13 17:00", "0s", "2026-02-13 17:00"),
        # Working time: the lunch break, a make-up Saturday, nine days of Spring Festival
        ("2026-03-02 11:30", "1wh", "2026-03-02 14:00"),
        ("2026-03-02 11:30", "30wm", "2026-03-02 12:00"),
        ("2026-03-02 12:30", "30wm", "2026-03-02 14:00"),
        ("2026-02-13 17:00", "2wh", "2026-02-14 10:00"),
        ("2026-02-14 17:00", "2wh", "2026-02-24 10:00"),
        ("2026-03-02 18:00", "1wm", "2026-03-03 09:01"),
        ("2026-03-02 20:00", "0wh", "2026-03-02 20:00"),
        # Working days: the same wall time, in the windows of the day
        ("2026-03-02 10:15", "3wd", "2026-03-05 10:15"),
        ("2026-02-13 10:15", "1wd", "2026-02-14 10:15"),
        ("2026-02-13 10:15", "2wd", "2026-02-24 10:15"),
        ("2026-02-27 10:15", "1wd", "2026-02-28 10:15"),
        ("2026-03-02 20:00", "1wd", "2026-03-04 09:00"),
        ("2026-03-01 10:00", "1wd", "2026-03-03 09:00"),
        ("2026-03-02 12:30", "1wd", "2026-03-03 13:30"),
        ("2026-03-02 18:00", "1wd", "2026-03-04 09:00"),  # at closing it is closed
        ("2026-03-02 20:00", "0wd", "2026-03-03 09:00"),
        # Calendar days, weeks, months and years
        ("2026-02-13 17:00", "7d", "2026-02-20 17:00"),
        ("2026-02-13 17:00", "8w", "2026-04-10 17:00"),
        ("2026-01-31 17:00", "1mo", "2026-02-28 17:00"),
        ("2026-08-31 17:00", "6mo", "2027-02-28 17:00"),
        ("2024-02-29 17:00", "1y", "2025-02-28 17:00"),
        ("2026-11-30 17:00", "14mo", "2028-01-30 17:00"),
    ],
)
def test_a_limit_is_counted_as_people_expect(start: str, limit: str, expected: str) -> None:
    assert due(start, limit) == expected


@pytest.mark.requirement("T-07")
@pytest.mark.parametrize(
    ("start", "limit", "expected"),
    [
        ("2026-02-13 17:00", "7d", "2026-02-21 00:00"),
        ("2026-02-13 00:00", "1d", "2026-02-15 00:00"),
        ("2026-02-13 23:59", "1d", "2026-02-15 00:00"),
        ("2026-02-13 17:00", "0d", "2026-02-14 00:00"),
        ("2026-01-31 17:00", "1mo", "2026-03-01 00:00"),
        ("2026-02-13 17:00", "1wd", "2026-02-14 18:00"),
        ("2026-02-13 17:00", "2wd", "2026-02-24 18:00"),
        ("2026-02-15 17:00", "1wd", "2026-02-24 18:00"),
        ("2026-03-02 17:00", "0wd", "2026-03-02 18:00"),
        ("2026-03-02 20:00", "0wd", "2026-03-02 20:00"),
        ("2026-03-01 17:00", "0wd", "2026-03-01 17:00"),
        ("2026-03-02 17:00", "2h", "2026-03-03 02:00"),
        ("2026-03-02 17:00", "2wh", "2026-03-03 11:00"),
    ],
)
def test_the_day_of_the_start_may_not_count(start: str, limit: str, expected: str) -> None:
    assert due(start, limit, from_next_day=True) == expected


@pytest.mark.requirement("T-07")
@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-03-05 17:00", "2026-03-06 12:00"),  # Friday closes at noon
        ("2026-03-05 10:00", "2026-03-06 10:00"),
        ("2026-03-06 11:00", "2026-03-07 13:30"),  # Saturday opens after lunch
        ("2026-03-07 15:00", "2026-03-09 15:00"),
    ],
)
def test_the_wall_time_of_a_working_day_lies_in_its_hours(start: str, expected: str) -> None:
    uneven = replace(CHINA, week=(*(OFFICE,) * 4, OFFICE[:1], OFFICE[1:], ()))
    assert due(start, "1wd", uneven) == expected


@pytest.mark.requirement("T-07")
@pytest.mark.parametrize(
    ("start", "limit", "expected"),
    [
        ("2026-03-02 08:00", "12h", "2026-03-02 20:00"),
        ("2026-03-02 09:00", "12h", "2026-03-02 21:00"),  # exactly at closing stays
        ("2026-03-02 09:01", "12h", "2026-03-03 09:00"),
        ("2026-03-02 18:00", "12h", "2026-03-03 09:00"),
        ("2026-03-02 21:00", "12h", "2026-03-03 09:00"),
        ("2026-03-02 13:00", "2h", "2026-03-02 15:00"),
        ("2026-03-02 19:30", "2h", "2026-03-03 09:00"),
    ],
)
def test_a_deadline_after_closing_moves_to_the_next_opening(start: str, limit: str, expected: str) -> None:
    """The rule of Douyin's service orders: 09:00 to 21:00 on every day."""
    assert due(start, limit, DESK, roll="next_opening") == expected


@pytest.mark.requirement("T-07")
def test_days_that_end_at_midnight_move_to_the_next_opening_too() -> None:
    assert due("2026-02-13 17:00", "7d", from_next_day=True, roll="next_opening") == "2026-02-24 09:00"
    assert due("2026-02-13 17:00", "7d", ALWAYS, from_next_day=True, roll="next_opening") == "2026-02-21 00:00"


@pytest.mark.requirement("T-07")
@pytest.mark.parametrize(
    ("start", "limit", "from_next_day", "expected"),
    [
        ("2026-02-13 17:00", "7d", True, "2026-02-25 00:00"),  # ends in Spring Festival: the 24th is worked
        ("2026-02-13 17:00", "15d", True, "2026-03-01 00:00"),  # the last day is a make-up Saturday
        ("2026-02-13 17:00", "7d", False, "2026-02-25 00:00"),
        ("2026-02-13 17:00", "11d", False, "2026-02-24 17:00"),  # a working day stays as it is
        ("2026-02-14 17:00", "1wd", True, "2026-02-24 18:00"),
        ("2026-03-01 17:00", "0wd", True, "2026-03-02 18:00"),
    ],
)
def test_a_last_day_that_is_a_rest_day_moves_to_the_next_working_day(
    start: str, limit: str, from_next_day: bool, expected: str
) -> None:
    """Civil Code, article 203."""
    assert due(start, limit, from_next_day=from_next_day, roll="next_working_day") == expected


@pytest.mark.requirement("T-07")
@pytest.mark.parametrize(
    ("start", "limit", "calendar", "expected"),
    [
        ("2026-03-28 01:30", "1d", LONDON, "2026-03-29 02:30"),  # 01:30 is skipped
        ("2026-03-28 12:00", "24h", LONDON, "2026-03-29 13:00"),
        ("2026-03-28 12:00", "1d", LONDON, "2026-03-29 12:00"),
        ("2026-10-24 12:00", "24h", LONDON, "2026-10-25 11:00"),
        ("2026-10-24 12:00", "1d", LONDON, "2026-10-25 12:00"),
        ("2026-03-27 17:00", "2wh", LONDON, "2026-03-30 10:00"),
    ],
)
def test_days_are_local_days_where_clocks_change(start: str, limit: str, calendar: Calendar, expected: str) -> None:
    assert due(start, limit, calendar, "Europe/London") == expected


@pytest.mark.requirement("T-07")
def test_of_a_wall_time_that_comes_twice_the_first_is_meant() -> None:
    assert deadline(at("2026-10-24 01:30", "Europe/London"), Limit.parse("1d"), LONDON) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


@pytest.mark.requirement("T-07")
def test_a_start_may_come_in_any_time_zone_and_a_deadline_is_in_utc() -> None:
    start = at("2026-03-02 10:15")
    found = {deadline(start.astimezone(ZoneInfo(zone)), Limit.parse("3wd"), CHINA) for zone in ("UTC", "Asia/Tokyo")}
    assert found == {datetime(2026, 3, 5, 2, 15, tzinfo=UTC)}
    assert all(one is not None and one.tzinfo is UTC for one in found)


# ── Pauses ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def paused(start: str, end: str | None, name: str = "") -> Pause:
    return Pause(at(start), None if end is None else at(end), name)


TWO_TO_FOUR = paused("2026-03-02 14:00", "2026-03-02 16:00")


@pytest.mark.requirement("T-07", "T-09")
@pytest.mark.parametrize(
    ("limit", "pauses", "expected"),
    [
        ("24h", [paused("2026-03-02 12:00", "2026-03-02 15:00")], "2026-03-03 13:00"),
        ("24h", [paused("2026-03-01 12:00", "2026-03-02 12:00")], "2026-03-03 12:00"),  # what was before is not added
        ("24h", [paused("2026-03-03 10:00", "2026-03-05 10:00")], "2026-03-03 10:00"),  # used up at its very start
        ("24h", [paused("2026-03-02 12:00", "2026-03-02 15:00"), TWO_TO_FOUR], "2026-03-03 14:00"),  # both at once
        ("24h", [paused("2026-03-02 15:00", "2026-03-02 12:00")], "2026-03-03 10:00"),  # the wrong way round: no pause
        ("24h", [paused("2026-03-02 12:00", None)], None),
        ("24h", [paused("2026-03-03 12:00", None)], "2026-03-03 10:00"),
        ("8wh", [paused("2026-03-02 11:00", "2026-03-02 14:00")], "2026-03-03 12:00"),
        ("2wh", [paused("2026-03-02 12:00", "2026-03-02 13:30")], "2026-03-02 12:00"),
        ("8wh", [paused("2026-03-02 11:00", None)], None),
        ("3d", [paused("2026-03-03 09:00", "2026-03-05 18:00")], "2026-03-07 10:00"),  # the 4th and the 5th
        ("3d", [paused("2026-03-03 09:00", "2026-03-03 18:00")], "2026-03-05 10:00"),
        ("3d", [paused("2026-03-03 09:00", None)], None),
        ("3d", [paused("2026-03-05 09:00", None)], "2026-03-05 10:00"),
        ("3wd", [paused("2026-03-03 09:00", "2026-03-05 18:00")], "2026-03-09 10:00"),
        ("3wd", [paused("2026-03-06 09:00", "2026-03-08 18:00")], "2026-03-05 10:00"),
        ("1mo", [paused("2026-03-03 09:00", "2026-03-05 18:00")], "2026-04-04 10:00"),
    ],
)  # fmt: skip
def test_paused_time_does_not_count(limit: str, pauses: list[Pause], expected: str | None) -> None:
    assert due("2026-03-02 10:00", limit, pauses=pauses) == expected


# ── Minute by minute ─────────────────────────────────────────────────────────────────────────────────────────────────


class Naive:
    """The same questions answered by looking at one minute after the other."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.zone = ZoneInfo(calendar.time_zone)
        self.seen: dict[datetime, bool] = {}

    def windows(self, day: date) -> Sequence[Window]:
        special = self.calendar.days.get(day.isoformat())
        if special is None:
            return self.calendar.week[day.weekday()]
        if special.off:
            return ()
        return self.calendar.make_up_windows if special.windows is None else special.windows

    def is_open(self, minute: datetime) -> bool:
        if minute not in self.seen:
            local = minute.astimezone(self.zone)
            clock = local.hour * 60 + local.minute
            self.seen[minute] = any(window.opens <= clock < window.closes for window in self.windows(local.date()))
        return self.seen[minute]

    def day_of(self, minute: datetime) -> date:
        return minute.astimezone(self.zone).date()

    def first(self, minute: datetime, wanted: Callable[[datetime], bool]) -> datetime:
        while not wanted(minute):
            minute += MINUTE
        return minute

    def wall(self, day: date, minute: int) -> datetime:
        naive = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - zone comes next
        return naive.replace(tzinfo=self.zone).astimezone(UTC)

    def deadline(
        self, start: datetime, limit: Limit, *, from_next_day: bool, roll: str, pauses: Iterable[Pause]
    ) -> datetime | None:
        pauses = list(pauses)
        if limit.unit in {Unit.SECONDS, Unit.MINUTES, Unit.HOURS}:
            found = self.time(start, limit, from_next_day, pauses, lambda _: True)
        elif limit.unit in {Unit.WORKING_MINUTES, Unit.WORKING_HOURS}:
            found = self.time(start, limit, from_next_day, pauses, self.is_open)
        else:
            found, last = self.days(start, limit, from_next_day, pauses)
            if found is not None and roll == "next_working_day" and not self.windows(last):
                while not self.windows(last):
                    last += DAY
                return self.wall(last, self.windows(last)[-1].closes if limit.unit is Unit.WORKING_DAYS else 1440)
        if found is not None and roll == "next_opening" and not self.is_open(found - MINUTE):
            return self.first(found, self.is_open)
        return found

    def time(
        self,
        start: datetime,
        limit: Limit,
        from_next_day: bool,
        pauses: list[Pause],
        counts: Callable[[datetime], bool],
    ) -> datetime | None:
        minute, left = start, limit.amount * {"h": 60, "wh": 60, "m": 1, "wm": 1}[limit.unit]
        if from_next_day:
            minute = self.first(start, lambda later: self.day_of(later) != self.day_of(start))
        while left:
            stopped = [pause for pause in pauses if pause.start <= minute and (pause.end is None or minute < pause.end)]
            if any(pause.end is None for pause in stopped):
                return None
            if not stopped and counts(minute):
                left -= 1
            minute += MINUTE
        return minute

    def days(
        self, start: datetime, limit: Limit, from_next_day: bool, pauses: list[Pause]
    ) -> tuple[datetime | None, date]:
        working = limit.unit is Unit.WORKING_DAYS
        if working and not from_next_day:
            start = self.first(start, self.is_open)
        local = start.astimezone(self.zone)
        day = local.date()
        left = limit.amount * (7 if limit.unit is Unit.WEEKS else 1)
        if limit.unit in {Unit.MONTHS, Unit.YEARS}:
            left = (self.months_later(day, left * (12 if limit.unit is Unit.YEARS else 1)) - day).days
        if not left:
            if not from_next_day:
                return start, day
            if not working:
                return self.wall(day, 1440), day
            return max([start, *(self.wall(day, window.closes) for window in self.windows(day))]), day
        while left:
            day += DAY
            over = [
                pause
                for pause in pauses
                if self.day_of(pause.start) < day and (pause.end is None or day <= self.day_of(pause.end))
            ]
            if any(pause.end is None for pause in over):
                return None, day
            if not over and (self.windows(day) or not working):
                left -= 1
        if from_next_day:
            return self.wall(day, self.windows(day)[-1].closes if working else 1440), day
        clock = local.hour * 60 + local.minute
        if working:
            clock = min(max(clock, self.windows(day)[0].opens), self.windows(day)[-1].closes)
        return self.wall(day, clock), day

    def months_later(self, day: date, months: int) -> date:
        year, month = day.year, day.month
        for _ in range(months):
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        last = day.day
        while True:
            try:
                return date(year, month, last)
            except ValueError:
                last -= 1


MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

MOST = {
    Unit.MINUTES: 2000,
    Unit.HOURS: 90,
    Unit.WORKING_MINUTES: 1500,
    Unit.WORKING_HOURS: 30,
    Unit.WORKING_DAYS: 15,
    Unit.DAYS: 40,
    Unit.WEEKS: 8,
    Unit.MONTHS: 14,
    Unit.YEARS: 2,
}
"""The largest amounts that are tried. Seconds are tried elsewhere: here everything is whole minutes."""


def some_windows(random: Random) -> tuple[Window, ...]:
    if random.random() < 0.3:
        return random.choice([OFFICE, (Window(540, 1260),), (Window(0, 1440),)])
    # Not before four in the morning: the naive way does not know which of two minutes is meant when clocks change.
    edges = sorted(random.sample(range(240, 1441, random.choice([1, 5, 30])), 2 * random.randint(1, 3)))
    return tuple(Window(*edges[place : place + 2]) for place in range(0, len(edges), 2))


def some_calendar(random: Random) -> Calendar:
    week = [some_windows(random) if random.random() < 0.75 else () for _ in range(7)]
    week[random.randrange(7)] = some_windows(random)
    days: dict[str, SpecialDay] = {}
    day = date(2026, 1, 1)
    for _ in range(40):
        day += timedelta(days=random.randint(1, 25))
        for number in range(random.choice([1, 1, 1, 3, 8])):
            windows = some_windows(random) if random.random() < 0.2 else None
            off = random.random() < 0.6
            days[(day + number * DAY).isoformat()] = SpecialDay(off=off, windows=None if off else windows)
    zone = random.choice(["Asia/Shanghai", "Europe/London", "UTC", "America/New_York", "Asia/Kathmandu"])
    return replace(
        CHINA,
        name=f"random {random.getrandbits(32):x}",
        time_zone=zone,
        week=tuple(week),
        make_up_windows=some_windows(random),
        days=days,
        years={},
    )


def some_pauses(random: Random, start: datetime) -> list[Pause]:
    pauses = []
    for _ in range(random.choice([0, 0, 1, 1, 2, 3])):
        begins = start + timedelta(minutes=random.randint(-3000, 10000))
        ends = begins + timedelta(minutes=random.choice([30, 600, 3000, 9000]) * random.random() // 1)
        pauses.append(Pause(begins, None if random.random() < 0.1 else ends))
    return pauses


@pytest.mark.requirement("T-07", "T-12")
def test_every_deadline_equals_a_walk_minute_by_minute() -> None:
    random = Random(SEED)
    print(f"{SPANS} spans from seed {SEED}")
    still = rolled = 0
    for number in range(SPANS):
        if number % 50 == 0:
            calendar = some_calendar(random)
            naive = Naive(calendar)
            begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(500 * 1440))
        start = begin + timedelta(minutes=random.randrange(20 * 1440))
        unit = random.choice(list(MOST))
        limit = Limit(random.choice([0, 1, random.randint(0, MOST[unit]), random.randint(0, MOST[unit])]), unit)
        rolls = ["", "", "next_opening"] if limit.seconds is not None else ["", "next_opening", "next_working_day"]
        roll, from_next_day = random.choice(rolls), random.random() < 0.4
        pauses = some_pauses(random, start)
        expected = naive.deadline(start, limit, from_next_day=from_next_day, roll=roll, pauses=pauses)
        found = deadline(start, limit, calendar, from_next_day=from_next_day, roll=roll, pauses=pauses)
        told = f"span {number}: {start} + {limit}, {from_next_day=}, {roll=}, {pauses=}, {calendar}"
        assert found == expected, told
        way = walk(start, limit, calendar, from_next_day=from_next_day, roll=roll, pauses=pauses)
        assert way.due == found, told
        still += found is None
        rolled += any(line.rolled for line in way.lines)
    print(f"{SPANS} spans, 0 differences; {still} stand still, {rolled} were moved")


@pytest.mark.requirement("T-07")
def test_open_time_equals_minutes_counted_one_by_one() -> None:
    random = Random(SEED)
    for _ in range(20):
        calendar = some_calendar(random)
        naive = Naive(calendar)
        start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(600 * 1440))
        end = start + timedelta(minutes=random.randrange(-100, 7 * 1440))
        minutes = [start + number * MINUTE for number in range(int((end - start) / MINUTE))]
        assert worked(start, end, calendar) == sum(naive.is_open(minute) for minute in minutes) * MINUTE
        assert [is_open(calendar, minute) for minute in minutes] == [naive.is_open(minute) for minute in minutes]
        assert next_opening(calendar, start) == naive.first(start, naive.is_open)


# ── What always holds ────────────────────────────────────────────────────────────────────────────────────────────────

calendars = st.integers(0, 2**32).map(lambda seed: some_calendar(Random(seed)))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
limits = st.sampled_from(list(Unit)).flatmap(
    lambda unit: st.integers(0, min(MOST.get(unit, 50000), 400)).map(lambda amount: Limit(amount, unit))
)
time_limits = limits.filter(lambda limit: limit.seconds is not None)
options = st.fixed_dictionaries({"from_next_day": st.booleans(), "roll": st.sampled_from(["", "next_opening"])})
lengths = st.timedeltas(timedelta(seconds=-1), timedelta(days=12))
pauses_after = st.lists(st.tuples(lengths, lengths), max_size=3)


def pauses_from(start: datetime, pieces: Iterable[tuple[timedelta, timedelta]]) -> list[Pause]:
    return [Pause(start + after, start + after + lasts) for after, lasts in pieces]


Options = dict[str, object]


def of(start: datetime, limit: Limit, calendar: Calendar, opts: Options, pauses: Iterable[Pause] = ()) -> datetime:
    found = deadline(start, limit, calendar, pauses=pauses, **opts)  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.requirement("T-07")
@given(instants, lengths, time_limits, calendars, options, pauses_after)
@settings(deadline=None)
def test_who_starts_later_is_never_due_earlier(
    start: datetime,
    later: timedelta,
    limit: Limit,
    calendar: Calendar,
    opts: Options,
    pieces: list[tuple[timedelta, timedelta]],
) -> None:
    pauses = pauses_from(start, pieces)
    assert of(start, limit, calendar, opts, pauses) <= of(start + abs(later), limit, calendar, opts, pauses)


@pytest.mark.requirement("T-07")
@given(instants, limits, calendars, options, pauses_after)
@settings(deadline=None)
def test_a_longer_limit_is_never_due_earlier(
    start: datetime, limit: Limit, calendar: Calendar, opts: Options, pieces: list[tuple[timedelta, timedelta]]
) -> None:
    pauses = pauses_from(start, pieces)
    longer = Limit(limit.amount + 1, limit.unit)
    assert of(start, limit, calendar, opts, pauses) <= of(start, longer, calendar, opts, pauses)


@pytest.mark.requirement("T-07", "T-09")
@given(instants, limits, calendars, options, pauses_after)
@settings(deadline=None)
def test_a_pause_never_makes_it_earlier(
    start: datetime, limit: Limit, calendar: Calendar, opts: Options, pieces: list[tuple[timedelta, timedelta]]
) -> None:
    pauses = pauses_from(start, pieces)
    assert of(start, limit, calendar, opts, pauses[:-1]) <= of(start, limit, calendar, opts, pauses)


@pytest.mark.requirement("T-07")
@given(instants, st.integers(0, 60), calendars)
@settings(deadline=None)
def test_the_open_time_up_to_a_deadline_is_the_limit(start: datetime, hours: int, calendar: Calendar) -> None:
    found = of(start, Limit(hours, Unit.WORKING_HOURS), calendar, {})
    assert worked(start, found, calendar) == timedelta(hours=hours)


@pytest.mark.requirement("T-07")
@given(instants, limits, calendars, options)
@settings(deadline=None)
def test_a_moved_deadline_is_open_or_just_closing(
    start: datetime, limit: Limit, calendar: Calendar, opts: Options
) -> None:
    found = of(start, limit, calendar, opts | {"roll": "next_opening"})
    assert is_open(calendar, found) or is_open(calendar, found - timedelta(microseconds=1))
    assert found >= of(start, limit, calendar, opts | {"roll": ""})


@pytest.mark.requirement("T-12")
@given(instants, limits, calendars, options, pauses_after)
@settings(deadline=None)
def test_the_lines_of_a_walk_lead_from_the_start_to_the_deadline(
    start: datetime, limit: Limit, calendar: Calendar, opts: Options, pieces: list[tuple[timedelta, timedelta]]
) -> None:
    pauses = pauses_from(start, pieces)
    way = walk(start, limit, calendar, pauses=pauses, **opts)  # type: ignore[arg-type]
    days = [line.day for line in way.lines]
    assert way.due == of(start, limit, calendar, opts, pauses)
    assert days == [days[0] + number * DAY for number in range(len(days))]
    assert days[0] == start.astimezone(calendar.zone).date()
    assert way.due in {instant for line in way.lines for instant in instants_of(line, calendar, way.due)}
    total = 0
    for line in way.lines:
        total += line.counted
        assert line.total == total
        assert line.windows == calendar.windows_of(line.day)
        assert line.why == calendar.why(line.day)
    if limit.unit not in {Unit.MONTHS, Unit.YEARS}:
        seconds = limit.seconds
        assert total == (limit.amount * (7 if limit.unit is Unit.WEEKS else 1) if seconds is None else seconds)


def instants_of(line: Line, calendar: Calendar, due: datetime) -> list[datetime]:
    """The deadline itself if it lies in the day of the line, its end included."""
    begins, ends = calendar.instant(line.day, 0), calendar.instant(line.day, 1440)
    return [due] if begins <= due <= ends else []


@pytest.mark.requirement("T-10")
@given(instants, limits, calendars, options, pauses_after)
@settings(max_examples=50, deadline=None)
def test_shares_of_a_limit_come_in_order(
    start: datetime, limit: Limit, calendar: Calendar, opts: Options, pieces: list[tuple[timedelta, timedelta]]
) -> None:
    pauses = pauses_from(start, pieces)
    found = of(start, limit, calendar, opts, pauses)
    shares = [
        share(start, found, percent, limit, calendar, pauses=pauses, **opts)  # type: ignore[arg-type]
        for percent in (0, 25, 50, 80, 100)
    ]
    assert shares == sorted(shares)
    assert shares[-1] <= found


# ── Shares ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-10")
@pytest.mark.parametrize(
    ("limit", "pauses", "percent", "expected"),
    [
        ("10h", [], 80, "2026-03-02 18:00"),
        ("10h", [paused("2026-03-02 12:00", "2026-03-02 15:00")], 80, "2026-03-02 21:00"),
        ("10h", [paused("2026-03-02 19:00", "2026-03-02 20:00")], 80, "2026-03-02 18:00"),
        ("10wh", [], 50, "2026-03-02 16:30"),
        ("10d", [], 80, "2026-03-10 10:00"),
        ("10d", [paused("2026-03-03 10:00", "2026-03-05 10:00")], 50, "2026-03-09 10:00"),
        ("2wd", [], 50, "2026-03-03 10:00"),
        ("2wd", [], 100, "2026-03-04 10:00"),
        ("10h", [], 0, "2026-03-02 10:00"),
    ],
)
def test_a_share_of_a_limit_is_used_at_an_instant(limit: str, pauses: list[Pause], percent: int, expected: str) -> None:
    start = at("2026-03-02 10:00")
    found = of(start, Limit.parse(limit), CHINA, {}, pauses)
    assert shown(share(start, found, percent, Limit.parse(limit), CHINA, pauses=pauses)) == expected


@pytest.mark.requirement("T-10")
def test_shares_are_of_the_limit_and_not_of_what_a_deadline_wins_by_moving() -> None:
    start, limit = at("2026-03-02 12:00"), Limit.parse("10h")
    found = of(start, limit, DESK, {"roll": "next_opening"})
    assert shown(found) == "2026-03-03 09:00"
    assert shown(share(start, found, 80, limit, DESK, roll="next_opening")) == "2026-03-02 20:00"


@pytest.mark.requirement("T-10")
def test_a_share_leaves_out_a_first_day_that_does_not_count() -> None:
    start, limit = at("2026-03-02 10:00"), Limit.parse("10d")
    found = of(start, limit, CHINA, {"from_next_day": True})
    assert shown(found) == "2026-03-13 00:00"
    assert shown(share(start, found, 50, limit, CHINA, from_next_day=True)) == "2026-03-08 00:00"


# ── Explained ────────────────────────────────────────────────────────────────────────────────────────────────────────


def lines(
    start: str, limit: str, calendar: Calendar = CHINA, **options: object
) -> list[tuple[str, str, int, int, int]]:
    way = walk(at(start), Limit.parse(limit), calendar, **options)  # type: ignore[arg-type]
    return [(f"{line.day:%m-%d}", line.why, line.counted, line.total, line.paused) for line in way.lines]


@pytest.mark.requirement("T-12")
def test_working_days_are_explained_day_by_day() -> None:
    assert lines("2026-02-13 10:15", "2wd") == [
        ("02-13", "working", 0, 0, 0),
        ("02-14", "make_up", 1, 1, 0),
        *((f"02-{day}", "holiday", 0, 1, 0) for day in range(15, 24)),
        ("02-24", "working", 1, 2, 0),
    ]


@pytest.mark.requirement("T-12")
def test_working_hours_are_explained_with_their_windows() -> None:
    way = walk(at("2026-02-13 17:00"), Limit.parse("8wh"), CHINA)
    assert [(line.counted, line.total) for line in way.lines] == [(3600, 3600), (25200, 28800)]
    assert way.lines[1].name == SPRING
    assert way.lines[1].windows == OFFICE


@pytest.mark.requirement("T-12", "T-09")
def test_a_pause_shows_in_its_lines_with_its_name() -> None:
    pauses = [paused("2026-03-02 11:00", "2026-03-03 10:00", "inspection"), paused("2026-03-09 10:00", None, "later")]
    way = walk(at("2026-03-02 10:00"), Limit.parse("3wh"), CHINA, pauses=pauses)
    assert [(line.counted, line.paused, line.pauses) for line in way.lines] == [
        (3600, 3600 + 16200, ("inspection",)),
        (7200, 3600, ("inspection",)),
    ]
    assert lines("2026-03-02 10:00", "1wd", pauses=pauses) == [
        ("03-02", "working", 0, 0, 0),
        ("03-03", "working", 0, 0, 1),
        ("03-04", "working", 1, 1, 0),
    ]


@pytest.mark.requirement("T-12")
def test_a_limit_that_stands_still_has_lines_up_to_where_it_stands() -> None:
    way = walk(at("2026-03-02 10:00"), Limit.parse("9wh"), CHINA, pauses=[paused("2026-03-03 09:30", None, "parts")])
    assert way.due is None
    assert [(line.counted, line.pauses) for line in way.lines] == [(23400, ()), (1800, ("parts",))]


@pytest.mark.requirement("T-12")
def test_the_days_past_which_a_deadline_moved_are_lines_too() -> None:
    way = walk(at("2026-02-13 17:00"), Limit.parse("9d"), CHINA, from_next_day=True, roll="next_working_day")
    assert [(f"{line.day:%m-%d}", line.counted, line.rolled) for line in way.lines[-3:]] == [
        ("02-22", 1, False),
        ("02-23", 0, True),
        ("02-24", 0, True),
    ]


@pytest.mark.requirement("T-12")
def test_seconds_of_the_lines_add_up_even_when_the_start_has_a_fraction() -> None:
    start = at("2026-03-02 17:59:30").replace(microsecond=700_000)
    way = walk(start, Limit.parse("1wm"), CHINA)
    assert [(line.counted, line.total) for line in way.lines] == [(29, 29), (31, 60)]
    assert way.due == at("2026-03-03 09:00:30").replace(microsecond=700_000)


@pytest.mark.requirement("T-07", "T-12")
@pytest.mark.parametrize(
    ("start", "limit", "options", "provisional"),
    [
        ("2026-12-30 10:00", "1wd", {}, False),
        ("2026-12-30 10:00", "2wd", {}, True),
        ("2026-12-31 10:00", "8wh", {}, True),
        ("2026-12-31 10:00", "6wh", {}, False),
        ("2026-12-31 18:30", "1wh", {"from_next_day": True}, True),
        ("2026-12-30 10:00", "7d", {}, False),
        ("2026-12-30 10:00", "72h", {}, False),
        ("2026-12-30 10:00", "72h", {"roll": "next_opening"}, True),
        ("2026-12-30 10:00", "7d", {"roll": "next_working_day"}, True),
        ("2026-12-30 10:00", "1d", {"roll": "next_working_day"}, False),
        ("2026-12-30 10:00", "1d", {"roll": "next_opening"}, False),
        ("2026-12-30 10:00", "1y", {}, False),
        ("2027-03-02 10:00", "0wh", {}, False),
        ("2025-12-31 10:00", "1wd", {"from_next_day": True}, False),  # 2025 is not listed, and does not matter
        ("2025-12-31 10:00", "1wd", {}, True),
        ("2026-12-30 10:00", "1wd", {"pauses": [paused("2026-12-30 12:00", "2027-01-01 12:00")]}, True),
    ],
)
def test_a_deadline_that_depends_on_days_nobody_announced_is_provisional(
    start: str, limit: str, options: dict[str, object], provisional: bool
) -> None:
    way = walk(at(start), Limit.parse(limit), CHINA, **options)  # type: ignore[arg-type]
    assert way.provisional is provisional
    assert not walk(at(start), Limit.parse(limit), DESK, **options).provisional  # type: ignore[arg-type]


@pytest.mark.parametrize(("limit", "end"), [("1wd", "2027-01-31 23:00"), ("5wh", "2027-02-01 00:00")])
def test_days_that_are_all_pause_need_no_announcement(limit: str, end: str) -> None:
    pauses = [paused("2026-12-30 12:00", end)]
    way = walk(at("2026-12-30 10:00"), Limit.parse(limit), CHINA, pauses=pauses)
    assert [line.day for line in way.lines if line.provisional] == [date(2027, 2, 1)]


# ── What cannot be counted ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("limit", "options"),
    [
        ("1wh", {}),
        ("1wd", {}),
        ("1wd", {"from_next_day": True}),
        ("0wd", {}),
        ("1h", {"roll": "next_opening"}),
        ("1d", {"roll": "next_working_day"}),
        ("4001d", {}),
        ("11y", {}),
        ("9999y", {}),
        ("999999999s", {}),
        ("99999h", {}),
    ],
)
def test_a_walk_does_not_go_on_for_ever(limit: str, options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="No deadline within 4000 days on calendar 'never'"):
        deadline(at("2026-03-02 10:00"), Limit.parse(limit), NEVER, **options)  # type: ignore[arg-type]


def test_ten_years_can_be_counted() -> None:
    assert due("2026-03-02 10:00", "10y", NEVER) == "2036-03-02 10:00"


def test_a_calendar_that_is_never_open_has_no_next_opening() -> None:
    with pytest.raises(ValueError, match="No deadline within 4000 days"):
        next_opening(NEVER, at("2026-03-02 10:00"))


def test_an_instant_without_a_time_zone_is_refused() -> None:
    naive = datetime(2026, 3, 2, 10)  # noqa: DTZ001 - that is the point
    for count in (
        lambda: deadline(naive, Limit.parse("1h"), CHINA),
        lambda: deadline(naive, Limit.parse("1d"), CHINA),
        lambda: deadline(at("2026-03-02 10:00"), Limit.parse("1d"), CHINA, pauses=[Pause(naive, None)]),
        lambda: deadline(at("2026-03-02 10:00"), Limit.parse("1h"), CHINA, pauses=[Pause(naive, None)]),
        lambda: is_open(CHINA, naive),
    ):
        with pytest.raises(ValueError, match="2026-03-02T10:00:00 has no time zone"):
            count()


def test_a_way_to_move_a_deadline_is_known_or_refused() -> None:
    start = at("2026-03-02 10:00")
    with pytest.raises(ValueError, match="'next_week' is not a way to move a deadline; known: next_opening, next_wor"):
        deadline(start, Limit.parse("1d"), CHINA, roll="next_week")
    with pytest.raises(ValueError, match="24h ends at an instant, not on a day"):
        deadline(start, Limit.parse("24h"), CHINA, roll="next_working_day")


@pytest.mark.requirement("T-07")
@pytest.mark.parametrize(
    ("instant", "opened", "opening"),
    [
        ("2026-03-02 09:00", True, "2026-03-02 09:00"),
        ("2026-03-02 12:00", False, "2026-03-02 13:30"),
        ("2026-03-02 17:59", True, "2026-03-02 17:59"),
        ("2026-02-14 18:00", False, "2026-02-24 09:00"),
    ],
)
def test_at_opening_it_is_open_and_at_closing_it_is_not(instant: str, opened: bool, opening: str) -> None:
    assert is_open(CHINA, at(instant)) is opened
    assert shown(next_opening(CHINA, at(instant))) == opening


def test_open_time_is_nothing_when_the_end_is_not_later() -> None:
    assert worked(at("2026-03-03 10:00"), at("2026-03-02 10:00"), CHINA) == timedelta()
