"""Calendars that are shipped: they equal those of others, and a mistake in one is named with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar  # type: ignore[import-untyped]  # it has none
import holidays
import pytest

from domain.calendars import Calendar, Window, rederive
from policies.calendar_files import HERE, CalendarError, load_calendars, read_calendar

OFFICE = (Window(540, 720), Window(810, 1080))


def days(first: int, last: int) -> Iterator[date]:
    """Every day from the first year to the last."""
    day = date(first, 1, 1)
    while day.year <= last:
        yield day
        day += timedelta(days=1)


def shipped(name: str) -> Calendar:
    return load_calendars()[name]


def test_these_calendars_are_shipped() -> None:
    assert set(load_calendars()) == {"cn", "cn-house", "cn-desk", "cn-chat", "mon-fri", "round-the-clock", "uk"}


@pytest.mark.requirement("T-07")
@pytest.mark.parametrize("name", ["cn", "cn-house"])
def test_every_day_in_china_is_worked_or_not_as_two_other_programs_say(name: str) -> None:
    china = holidays.country_holidays("CN", years=range(2024, 2027))
    differences = [
        day
        for day in days(2024, 2026)
        if not (shipped(name).is_working(day) == chinese_calendar.is_workday(day) == china.is_working_day(day))
    ]
    assert differences == []


@pytest.mark.requirement("T-07")
def test_every_make_up_working_day_in_china_is_one() -> None:
    make_up = {day for day in days(2024, 2026) if day.weekday() >= 5 and chinese_calendar.is_workday(day)}
    assert {day for day in days(2024, 2026) if shipped("cn").why(day) == "make_up"} == make_up
    assert len(make_up) == 8 + 5 + 6
    assert all(shipped("cn").windows_of(day) == OFFICE for day in make_up)


@pytest.mark.requirement("T-07")
def test_every_bank_holiday_in_england_and_wales_is_off() -> None:
    england = holidays.country_holidays("GB", subdiv="ENG", years=range(2024, 2028))
    uk = shipped("uk")
    assert [day for day in days(2024, 2027) if uk.is_working(day) != england.is_working_day(day)] == []
    assert sum(uk.why(day) == "holiday" for day in days(2024, 2027)) == 4 * 8


@pytest.mark.requirement("T-07")
def test_a_year_that_nobody_has_announced_has_the_days_of_the_law_alone() -> None:
    cn = shipped("cn")
    off = [f"{day:%m-%d}" for day in days(2027, 2027) if cn.why(day) == "holiday"]
    assert off == [
        *("01-01", "02-05", "02-06", "02-07", "02-08", "04-05", "05-01", "05-02"),
        *("06-09", "09-15", "10-01", "10-02", "10-03"),
    ]
    law = holidays.country_holidays("CN", years=2027, observed=False)
    assert off == sorted(f"{day:%m-%d}" for day in law)
    assert all(cn.why(day) != "make_up" for day in days(2027, 2027))
    assert cn.provisional(date(2027, 6, 1))
    assert not cn.provisional(date(2026, 12, 31))


def test_every_announced_year_says_by_whom() -> None:
    cn = shipped("cn")
    assert {year: notice.published for year, notice in cn.years.items()} == {
        "2024": "2023-10-25",
        "2025": "2024-11-12",
        "2026": "2025-11-04",
        "2027": "",
    }
    for number, year in [("国办发明电〔2023〕7号", "2024"), ("〔2024〕12号", "2025"), ("〔2025〕7号", "2026")]:
        assert number in cn.years[year].source
        assert f"国务院办公厅关于{year}年部分节假日安排的通知" in cn.years[year].source
    assert all("gov.uk" in notice.source for notice in shipped("uk").years.values())


@pytest.mark.requirement("T-07")
@pytest.mark.parametrize(
    ("name", "windows"),
    [
        ("cn-desk", (Window(540, 1260),)),
        ("cn-chat", (Window(480, 1380),)),
        ("round-the-clock", (Window(0, 1440),)),
    ],
)
def test_some_are_open_on_every_day_and_depend_on_no_notice(name: str, windows: tuple[Window, ...]) -> None:
    calendar = shipped(name)
    assert all(calendar.windows_of(day) == windows for day in days(2026, 2026))
    assert not any(calendar.provisional(day) for day in days(2030, 2030))


def test_the_example_of_an_own_calendar_stands_on_china_and_follows_it() -> None:
    house, cn = shipped("cn-house"), shipped("cn")
    assert house.extends == "cn"
    assert house.version == f"{house.own['version']}+{cn.version}"
    assert rederive(house, cn) == house
    assert house.why(date(2026, 2, 14)) == "make_up"


@pytest.mark.parametrize("name", ["cn", "cn-house", "cn-desk", "cn-chat", "mon-fri", "round-the-clock", "uk"])
def test_a_shipped_calendar_comes_back_from_the_ledger_with_the_same_digest(name: str) -> None:
    again = Calendar.from_data(shipped(name).to_data())
    assert again == shipped(name)
    assert again.digest == shipped(name).digest


# ── Files of one's own ───────────────────────────────────────────────────────────────────────────────────────────────

HOUSE = """\
name = "house"
version = "1"
title = { en = "House", zh = "本单位" }
extends = "cn"

[week]
fri = ["09:00-12:00"]
sat = ["10:00-15:00"]

[[days]]
name = { en = "Outing", zh = "团建" }
off = [2026-06-12, "2026-06-15/2026-06-16"]

[[days]]
name = { en = "Short day", zh = "提前下班" }
make_up = "2026-02-13"
windows = ["09:00-10:30"]
"""


def written(folder: Path, text: str, name: str = "house") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.requirement("T-07")
def test_an_organisation_writes_down_only_what_is_its_own(tmp_path: Path) -> None:
    house = read_calendar(written(tmp_path, HOUSE), load_calendars())
    assert house.windows_of(date(2026, 6, 11)) == OFFICE
    assert house.windows_of(date(2026, 6, 5)) == (Window(540, 720),)
    assert house.windows_of(date(2026, 6, 6)) == (Window(600, 900),)
    assert [house.why(date(2026, 6, day)) for day in (12, 15, 16, 17)] == ["holiday", "holiday", "holiday", "working"]
    assert house.windows_of(date(2026, 2, 13)) == (Window(540, 630),)
    assert house.why(date(2026, 2, 13)) == "special_hours"
    assert house.why(date(2026, 2, 16)) == "holiday"


def test_a_base_is_found_wherever_it_stands_in_the_folder(tmp_path: Path) -> None:
    for name in ("cn", "cn-house"):
        written(tmp_path, (HERE / f"{name}.toml").read_text(encoding="utf-8"), name)
    written(
        tmp_path, HOUSE.replace('"house"', '"a-branch"').replace('extends = "cn"', 'extends = "cn-house"'), "a-branch"
    )
    branch = load_calendars(tmp_path)["a-branch"]
    assert branch.extends == "cn-house"
    assert branch.version == "1+2026-11-22+2026-11-22"


CN = (HERE / "cn.toml").read_text(encoding="utf-8")
NOON = '"09:00-12:00", "13:30-18:00"'

MISTAKES = [
    ('name = "cn"', 'name = "china"', "'china' is in a file of another name; write 'cn'"),
    ('version = "2026-11-22"\n', "", "'version' is missing; every calendar has one"),
    ('version = "2026-11-22"', "version = 3", "3 is not text; write it in quotation marks"),
    ("[week]", "[weeks]", "'weeks' is not a setting of a calendar; known: days, extends"),
    ("mon-fri =", "mo-fr =", "'mo-fr' is not a day of the week; write one of mon, tue"),
    ("mon-fri =", "fri-mon =", "'fri-mon' is not a day of the week"),
    (f"mon-fri = [{NOON}]", f"mon-fri = [{NOON}]\nwed = []", "'wed' is named twice"),
    (f"mon-fri = [{NOON}]", 'mon-fri = ["13:00-09:00"]', "the window '13:00-09:00' is impossible"),
    (f"mon-fri = [{NOON}]", 'mon-fri = ["22:00-24:30"]', "the window '22:00-24:30' is impossible"),
    (f"mon-fri = [{NOON}]", 'mon-fri = ["9-18"]', "'9-18' is not a window; write it like '09:00-18:00'"),
    (f"mon-fri = [{NOON}]", "mon-fri = [540]", "540 is not a window"),
    (f"mon-fri = [{NOON}]", 'mon-fri = "09:00-18:00"', "'mon-fri' is a list; write it in square brackets"),
    (
        f"mon-fri = [{NOON}]",
        'mon-fri = [\n    "09:00-13:00",\n    "12:30-18:00",\n]',
        "the window '12:30-18:00' begins before 09:00–13:00 is over",
    ),
    (f"[week]\nmon-fri = [{NOON}]", "[week]\nsat = []", "no day of the week is open; give at least one"),
    (f"make_up_windows = [{NOON}]\n", "", "nobody knows when 2024-02-04 is open; write 'make_up_windows'"),
    ('"Asia/Shanghai"', '"Asia/Shanghia"', "is not a time zone; write an IANA name like 'Asia/Shanghai'; did you mean"),
    ('"Asia/Shanghai"', '"../../etc"', "'../../etc' is not a time zone"),
    ('time_zone = "Asia/Shanghai"', 'time_zone = "Asia"', "'Asia' is not a time zone"),
    ('zh = "中国大陆工作日"', 'cn = "中国大陆工作日"', "'cn' is not a setting of a name; known: en, zh"),
    (', zh = "中国大陆工作日"', "", "the name in 'zh' is missing"),
    ("[years.2024]", "[years.24]", "'24' is not a year; write it like 2026"),
    ('status = "announced"', 'status = "anounced"', "'anounced' is not a status; known: announced, provisional"),
    ('status = "announced"\n', "", "'' is not a status"),
    ("published = 2023-10-25", 'published = "25.10.2023"', "'25.10.2023' is not a date; write it like '2026-02-14'"),
    ("published = 2023-10-25", 'publisher = "gov.cn"', "'publisher' is not a setting of a year"),
    ("published = 2023-10-25", "published = 2023-10-25T10:00:00", "is not a date"),
    (
        'source = "《国务院办公厅关于2024年部分节假日安排的通知》（国办发明电〔2023〕7号）"\n',
        "",
        "'source' is missing; say who announced this year",
    ),
    ('off = "2024-01-01"', 'off = "2023-01-01"', "2023-01-01 is in a year that is not listed; listed: 2024, 2025"),
    ('off = "2024-01-01"', 'off = "2024-02-30"', "'2024-02-30' is not in any calendar"),
    ('off = "2024-01-01"', 'off = "01.01.2024"', "'01.01.2024' is not a date"),
    ('off = "2024-01-01"', 'off = "2024-01-03/2024-01-01"', "is not a range; it goes forward"),
    ('off = "2024-01-01"', 'of = "2024-01-01"', "'of' is not a setting of a special day; known: make_up, name, off"),
    (', off = "2024-01-01"', "", "this entry names no day; give it 'off', 'make_up' or both"),
    ('off = "2024-01-01"', 'off = "2024-01-01", windows = []', "a day that is off has no windows"),
    ('off = "2024-01-01"', 'off = ["2024-01-01", "2024-01-01"]', "2024-01-01 is named twice (line "),
    ('make_up = ["2024-04-07"]', 'make_up = ["2024-04-06"]', "2024-04-06 is both off and a make-up day (line "),
    ('make_up = ["2024-04-07"]', 'make_up = ["2024-04-08"]', "2024-04-08 is a working day anyway"),
    ('en = "Labour Day", zh', 'em = "Labour Day", zh', "'em' is not a setting of a name"),
    ("[years.2024]", 'extends = "mars"\n[years.2024]', "'extends' is not a day of the week"),
    ("[week]", 'extends = "mars"\n[week]', "'mars' is not a calendar to extend; known: none"),
    ("[week]", "[week", "not valid TOML"),
    ("name =", "", "not valid TOML"),
]


@pytest.mark.parametrize(("right", "wrong", "sentence"), MISTAKES, ids=[mistake[2] for mistake in MISTAKES])
def test_a_mistake_is_named_with_file_and_line(right: str, wrong: str, sentence: str, tmp_path: Path) -> None:
    assert right in CN
    before, _, after = CN.partition(right)
    path = written(tmp_path, before + wrong + after, "cn")
    with pytest.raises(CalendarError) as error:
        read_calendar(path)
    assert sentence in str(error.value)
    found = re.match(rf"{re.escape(str(path))}:(\d+): ", str(error.value))
    assert found is not None
    if wrong and "line " not in sentence and "is missing" not in sentence and "nobody knows" not in sentence:
        first = before.count("\n") + 1
        assert first <= int(found[1]) <= first + wrong.count("\n") + 1


@pytest.mark.parametrize(
    ("right", "wrong", "line", "sentence"),
    [
        ('extends = "cn"', 'extends = "cm"', 4, "'cm' is not a calendar to extend; known: cn, cn-chat, cn-desk"),
        ("[week]", "[years.2028]\n[week]", 6, "years belong to 'cn', which announces them; put your own in days"),
        ("off = [2026-06-12,", "off = [2028-06-12,", 12, "2028-06-12 is in a year that is not listed"),
        ('make_up = "2026-02-13"', 'make_up = "2026-06-15"', 16, "2026-06-15 is both off and a make-up day (line 12)"),
        (
            'windows = ["09:00-10:30"]\n',
            "",
            16,
            "2026-02-13 is a working day anyway; correct the date, or give it 'win",
        ),
        ("[[days]]", "[days]", 10, "'days' is a list; write it in square brackets"),
    ],
)
def test_a_mistake_in_an_own_calendar_is_named_too(
    right: str, wrong: str, line: int, sentence: str, tmp_path: Path
) -> None:
    text = HOUSE.replace(right, wrong, 1)
    if wrong == "[days]":
        text = text[: text.rindex("[[days]]")]
    path = written(tmp_path, text)
    with pytest.raises(CalendarError) as error:
        read_calendar(path, load_calendars())
    assert str(error.value).startswith(f"{path}:{line}: {sentence}")


def test_calendars_that_stand_on_each_other_are_refused(tmp_path: Path) -> None:
    written(tmp_path, HOUSE.replace('extends = "cn"', 'extends = "other"'))
    written(tmp_path, HOUSE.replace('"house"', '"other"').replace('extends = "cn"', 'extends = "house"'), "other")
    with pytest.raises(CalendarError, match=r"house.toml:4: 'other' is not a calendar to extend; known: none"):
        load_calendars(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cn.toml"
    path.write_bytes(CN.replace("# Working", "# Working\n#").encode("gb18030"))
    with pytest.raises(CalendarError, match=r"cn.toml:6: this is not UTF-8; save the file as UTF-8"):
        read_calendar(path)
