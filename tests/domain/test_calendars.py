"""Calendars: which days are worked, why, who announced that, and how an organisation's stands on a public one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.calendars import Calendar, SpecialDay, Window, YearNotice, derive, rederive

MINUTE = 60_000_000
"""In microseconds."""

MORNING, AFTERNOON = Window(540, 720), Window(810, 1080)
WEEKDAY = (MORNING, AFTERNOON)

SPRING = {"en": "Spring Festival", "zh": "春节"}
MONDAY, SATURDAY, SUNDAY = date(2026, 2, 16), date(2026, 2, 28), date(2026, 3, 1)

PUBLIC = Calendar(
    name="public",
    version="1",
    title={"en": "Public", "zh": "公共"},
    time_zone="Asia/Shanghai",
    week=(*(WEEKDAY,) * 5, (), ()),
    make_up_windows=WEEKDAY,
    days={
        "2026-02-16": SpecialDay(off=True, name=SPRING),
        "2026-02-28": SpecialDay(off=False, name=SPRING),
        "2026-03-02": SpecialDay(off=False, name=SPRING, windows=(MORNING,)),
    },
    years={"2026": YearNotice("announced", "Notice 7", "2025-11-04"), "2027": YearNotice("provisional", "the law")},
)

OWN: dict[str, Any] = {
    "name": "house",
    "version": "5",
    "title": {"en": "House", "zh": "本单位"},
    "week": [None, None, None, None, [[540, 720]], [[600, 900]], None],
    "make_up_windows": [[600, 960]],
    "days": {
        "2026-02-16": {"off": False, "name": {}, "windows": [[600, 660]]},
        "2026-03-03": {"off": True, "name": {"en": "Outing", "zh": "团建"}},
    },
}


@pytest.mark.requirement("T-07")
@pytest.mark.parametrize(
    ("day", "windows", "why", "name"),
    [
        (date(2026, 2, 26), WEEKDAY, "working", {}),
        (SUNDAY, (), "rest_day", {}),
        (MONDAY, (), "holiday", SPRING),
        (SATURDAY, WEEKDAY, "make_up", SPRING),
        (date(2026, 3, 2), (MORNING,), "special_hours", SPRING),
    ],
)
def test_each_day_is_worked_or_not_for_a_reason(
    day: date, windows: tuple[Window, ...], why: str, name: dict[str, str]
) -> None:
    assert PUBLIC.windows_of(day) == windows
    assert PUBLIC.is_working(day) is bool(windows)
    assert PUBLIC.why(day) == why
    assert PUBLIC.name_of(day) == name


@pytest.mark.requirement("T-07")
def test_a_year_is_provisional_until_it_is_announced() -> None:
    assert not PUBLIC.provisional(date(2026, 12, 31))
    assert PUBLIC.provisional(date(2027, 1, 1))
    assert PUBLIC.provisional(date(2031, 1, 1))


def test_a_calendar_that_depends_on_no_notices_is_never_provisional() -> None:
    assert not replace(PUBLIC, years={}).provisional(date(2031, 1, 1))


def test_a_calendar_comes_back_from_plain_data_with_the_same_digest() -> None:
    for calendar in (PUBLIC, derive(OWN, PUBLIC)):
        again = Calendar.from_data(json.loads(json.dumps(calendar.to_data())))
        assert again == calendar
        assert again.digest == calendar.digest


def test_two_calendars_with_one_digest_work_alike() -> None:
    assert replace(PUBLIC).digest == PUBLIC.digest
    assert replace(PUBLIC, make_up_windows=(MORNING,)).digest != PUBLIC.digest
    assert replace(PUBLIC, days={}).digest != PUBLIC.digest


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"week": [[]] * 6}, "A week has 7 days, from Monday; this one has 6"),
        ({"make_up_windows": [[780, 540]]}, "The window 13:00–09:00 is not possible"),
        ({"make_up_windows": [[540, 720], [600, 800]]}, "The window 10:00–13:20 is not possible"),
        ({"make_up_windows": [[540, 1441]]}, "windows follow one another within one day"),
        ({"time_zone": "Asia/Shanghia"}, "'Asia/Shanghia' is not a time zone; write an IANA name"),
        ({"time_zone": "../etc"}, "'../etc' is not a time zone"),
        ({"days": {"2026-02-30": {"off": True}}}, "day is out of range for month"),
        ({"days": {"20260214": {"off": True}}}, "'20260214' is not a date; write it like '2026-02-14'"),
        ({"years": {"2026": {"status": "maybe"}}}, "'maybe' is not a status of a year; known: announced, provisional"),
    ],
)
def test_what_would_make_a_deadline_fail_later_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Calendar.from_data(PUBLIC.to_data() | change)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError, match="holidays"):
        Calendar.from_data(PUBLIC.to_data() | {"holidays": []})


@pytest.mark.requirement("T-07")
def test_an_organisation_has_the_days_of_its_base_and_its_own_hours() -> None:
    house = derive(OWN, PUBLIC)
    assert (house.name, house.extends, house.version, house.time_zone) == ("house", "public", "5+1", "Asia/Shanghai")
    assert house.windows_of(date(2026, 2, 26)) == WEEKDAY  # Thursday: as the base has it
    assert house.windows_of(date(2026, 2, 27)) == (MORNING,)  # Friday: its own
    assert house.windows_of(SATURDAY) == (Window(600, 960),)  # a make-up day of the base, with its own hours
    assert house.why(SATURDAY) == "make_up"
    assert house.windows_of(SUNDAY) == ()
    assert house.provisional(date(2027, 1, 1))


@pytest.mark.requirement("T-07")
def test_its_own_days_win() -> None:
    house = derive(OWN, PUBLIC)
    assert house.windows_of(MONDAY) == (Window(600, 660),)
    assert house.why(date(2026, 3, 3)) == "holiday"
    assert house.name_of(date(2026, 3, 3)) == {"en": "Outing", "zh": "团建"}


@pytest.mark.requirement("T-07")
def test_an_organisation_follows_its_base_to_a_new_version() -> None:
    announced = replace(
        PUBLIC,
        version="2",
        week=((AFTERNOON,), *PUBLIC.week[1:]),
        days={**PUBLIC.days, "2027-02-08": SpecialDay(off=True, name=SPRING)},
        years={**PUBLIC.years, "2027": YearNotice("announced", "Notice 8", "2026-11-30")},
    )
    house = rederive(derive(OWN, PUBLIC), announced)
    assert house.version == "5+2"
    assert house == derive(OWN, announced)
    assert house.windows_of(date(2026, 2, 23)) == (AFTERNOON,)
    assert house.windows_of(MONDAY) == (Window(600, 660),)
    assert house.why(date(2027, 2, 8)) == "holiday"
    assert not house.provisional(date(2027, 2, 8))


def test_an_organisation_stays_with_its_base() -> None:
    with pytest.raises(ValueError, match="Calendar 'house' stands on 'public', not on 'other'"):
        rederive(derive(OWN, PUBLIC), replace(PUBLIC, name="other"))


def test_years_are_not_its_own() -> None:
    with pytest.raises(ValueError, match="has no 'years' of its own"):
        derive(OWN | {"years": {}}, PUBLIC)


def test_a_derived_calendar_has_a_name_of_its_own() -> None:
    with pytest.raises(ValueError, match="needs a 'name' of its own"):
        derive({key: value for key, value in OWN.items() if key != "name"}, PUBLIC)


def test_windows_are_shown_as_people_write_them() -> None:
    assert str(Window(540, 1440)) == "09:00–24:00"


def test_a_minute_of_the_day_is_an_instant() -> None:
    assert PUBLIC.instant(MONDAY, 540) == datetime(2026, 2, 16, 1, tzinfo=UTC)
    assert PUBLIC.instant(MONDAY, 1440) == PUBLIC.instant(date(2026, 2, 17), 0)


LONDON = replace(PUBLIC, time_zone="Europe/London", week=((Window(60, 180),),) * 7, days={}, years={})


@pytest.mark.parametrize(
    ("day", "minute", "instant"),
    [
        (date(2026, 3, 29), 59, datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        (date(2026, 3, 29), 90, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # 01:30 is skipped: 02:30
        (date(2026, 10, 25), 90, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # 01:30 comes twice: the first
    ],
)
def test_clocks_that_are_put_forward_or_back_leave_no_doubt(day: date, minute: int, instant: datetime) -> None:
    assert LONDON.instant(day, minute) == instant


def test_windows_do_not_overlap_where_clocks_are_put_forward() -> None:
    touching = replace(LONDON, week=((Window(30, 90), Window(120, 180)),) * 7)
    day = touching.local_day(date(2026, 3, 29).toordinal())
    assert [(opens - day.begins, closes - day.begins) for opens, closes in day.open] == [
        (30 * MINUTE, 90 * MINUTE),
        (90 * MINUTE, 120 * MINUTE),
    ]


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "America/St_Johns", "Pacific/Apia", "Africa/Cairo", "America/Havana"]
)
def test_local_days_follow_one_another_without_gap_or_overlap(zone: str) -> None:
    calendar = replace(LONDON, time_zone=zone)
    for year in (2010, 2011, 2026):
        for ordinal in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()):
            day = calendar.local_day(ordinal)
            assert day.begins <= day.ends == calendar.local_day(ordinal + 1).begins
            if day.begins < day.ends:
                assert calendar.day_at(day.begins) is calendar.day_at(day.ends - 1) is day
            assert all(day.begins <= opens < closes <= day.ends for opens, closes in day.open)
