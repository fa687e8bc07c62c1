"""China's calendar before and after the days of 2027 are announced, by a notice that is made up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from domain.calendars import Calendar
from policies.calendar_files import HERE, load_calendars, read_calendar

DATA = Path(__file__).parent
BEFORE, AFTER = "provisional", "announced"


def calendar_file(folder: Path, status: str) -> Path:
    """The shipped file of mainland China, with the year 2027 as one of the two files here has it."""
    shipped = (HERE / "cn.toml").read_text(encoding="utf-8")
    years_before = shipped.partition("[years.2027]")[0].replace('version = "', f'version = "{status}-', 1)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "cn.toml"
    file.write_text(years_before + (DATA / f"{status}.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return file


def calendars_before(folder: Path) -> Mapping[str, Calendar]:
    """The calendars of China as they are until the notice comes."""
    copies = folder / "before"
    calendar_file(copies, BEFORE)
    for name in ("cn-house.toml", "round-the-clock.toml"):
        (copies / name).write_bytes((HERE / name).read_bytes())
    return load_calendars(copies)


def announced(folder: Path) -> Calendar:
    """Mainland China with the made-up notice."""
    return read_calendar(calendar_file(folder / "after", AFTER))
