"""`casefold calendar`: which days are worked and who says so, and what a new notice does to the deadlines of cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.actor import WORKFLOW
from domain.events import DeadlineMoved
from ledger.recorder import Recorder, Submission
from ledger.store import Ledger
from tests.console.conftest import MATTER_KEY, Casefold
from tests.domain.story import COMPLAINT, LI
from tests.notices import AFTER, calendar_file, calendars_before
from tests.worker.test_fanout import DECEMBER, promise

DATA = ("--by", "liu:data")


@pytest.fixture
def december(ledger: Ledger, tmp_path: Path) -> Recorder:
    """A recorder in December 2026; the days of 2027 are not announced, and complaints count on them."""
    recorder = Recorder(ledger, MATTER_KEY.encode(), lambda: DECEMBER)
    recorder.publish({"complaint": promise()}, WORKFLOW, calendars_before(tmp_path))
    return recorder


@pytest.fixture
def open_cases(december: Recorder) -> list[str]:
    """Three complaints, to be solved in twenty working days of the house."""
    submissions = [Submission(replace(COMPLAINT, matter=f"m{n}"), LI, f"open-{n}") for n in range(3)]
    return [receipt.stream for receipt in december.record_all(submissions)]


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    """The file with the made-up notice."""
    return calendar_file(tmp_path / "after", AFTER)


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-07")
def test_list_says_which_years_are_announced_by_whom_and_when(casefold: Casefold, december: Recorder) -> None:
    out = casefold("calendar", "list").out

    assert any(line.startswith("cn-house") and "Our working days" in line for line in out.splitlines())
    line = next(line for line in out.splitlines() if line.startswith("2026"))
    assert "announced" in line
    assert "2025-11-04" in line
    assert "国办发明电〔2025〕7号" in line
    line = next(line for line in out.splitlines() if line.startswith("2027"))
    assert "provisional" in line
    [house] = [one for one in casefold("calendar", "list", "--json").data if one["name"] == "cn-house"]
    assert house["extends"] == "cn"
    assert [year["status"] for year in house["years"] if year["year"] >= 2026] == ["announced", "provisional"]


@pytest.mark.requirement("T-07")
def test_show_draws_a_month_with_its_holidays_and_make_up_days(casefold: Casefold) -> None:
    """February 2026: Spring Festival from the 15th to the 23rd, and two Saturdays that are worked instead."""
    lines = casefold("calendar", "show", "cn-house", "--year", "2026", "--month", "2").out.splitlines()

    assert "Mon–Fri: 09:00–12:00, 13:30–18:00" in lines
    assert "2026-02, 16 working days" in lines
    assert "  Mon   Tue   Wed   Thu   Fri   Sat   Sun" in lines
    assert "    9    10    11    12    13    14+   15*" in [line.rstrip() for line in lines]
    assert "  + 14  make-up working day  Spring Festival  09:00–12:00, 13:30–18:00" in lines
    assert "  * 15–23  holiday  Spring Festival" in lines
    assert "  + 28  make-up working day  Spring Festival  09:00–12:00, 13:30–18:00" in lines
    whole_year = casefold("calendar", "show", "cn-house", "--year", "2026").out
    assert whole_year.count("working days\n") == 12


@pytest.mark.requirement("T-07")
def test_show_for_programs_has_every_day(casefold: Casefold) -> None:
    shown = casefold("calendar", "show", "cn-house", "--year", "2026", "--month", "2", "--json").data

    days = {day["day"]: day for day in shown["days"]}
    assert len(days) == 28
    assert days["2026-02-14"] == {
        "day": "2026-02-14",
        "why": "make_up",
        "name": {"en": "Spring Festival", "zh": "春节"},
        "windows": ["09:00-12:00", "13:30-18:00"],
        "provisional": False,
    }
    assert (days["2026-02-15"]["why"], days["2026-02-15"]["windows"]) == ("holiday", [])
    assert (days["2026-02-08"]["why"], days["2026-02-08"]["name"]) == ("rest_day", {})


def test_an_unknown_calendar_is_said_to_be_unknown(casefold: Casefold) -> None:
    answer = casefold("calendar", "show", "nowhere", "--json")

    assert answer.code == 1
    assert answer.data["code"] == "unknown_calendar"


# ── Importing ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-07")
def test_a_dry_run_shows_which_time_limits_would_move_and_writes_nothing(
    casefold: Casefold, ledger: Ledger, open_cases: list[str], notice: Path
) -> None:
    newest = ledger.newest()

    told = casefold("calendar", "import", notice, "--dry-run", "--json", *DATA).data
    out = casefold("calendar", "import", notice, "--dry-run", *DATA).out

    assert [one["name"] for one in told["published"]] == ["cn", "cn-house"]
    assert (told["cases"], told["clocks"]) == (3, 3)
    assert [move["case"] for move in told["moves"]] == open_cases
    move = told["moves"][0]
    assert (move["clock"], move["before"], move["due"]) == ("solution", instant(8), instant(10))
    assert (move["was_provisional"], move["provisional"]) == (True, False)
    assert "cn announced-2026-11-22 would replace provisional-2026-11-22" in out
    assert "no longer provisional" in out
    assert "3 open cases would be counted anew: 3 time limits." in out
    assert ledger.newest() == newest


@pytest.mark.requirement("T-07")
def test_an_import_puts_the_calendar_and_those_that_stand_on_it_in_force(
    casefold: Casefold, open_cases: list[str], notice: Path
) -> None:
    out = casefold("calendar", "import", notice, *DATA).out

    assert "cn announced-2026-11-22 is in force in place of provisional-2026-11-22" in out
    assert "3 open cases are counted anew by the worker: 3 time limits." in out
    versions = {one["name"]: one["version"] for one in casefold("calendar", "list", "--json").data}
    assert versions["cn"] == "announced-2026-11-22"
    assert versions["cn-house"] == "2026-11-22+announced-2026-11-22"
    assert "announced" in casefold("calendar", "show", "cn-house", "--year", "2027", "--month", "1").out


@pytest.mark.requirement("T-07")
def test_an_import_that_was_interrupted_in_the_middle_is_simply_repeated(
    casefold: Casefold, ledger: Ledger, open_cases: list[str], notice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = Recorder.publish_calendar

    def interrupted(self: Recorder, *arguments: object) -> bool:
        publish(self, *arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "publish_calendar", interrupted)
        assert casefold("calendar", "import", notice, *DATA).code == 130
    entries = len(ledger.history("calendar:cn"))

    again = casefold("calendar", "import", notice, *DATA)
    assert "is in force already" in again.err
    assert "3 open cases are counted anew" in again.out, "the worker, which does not run here, has not begun"
    assert "cn-house 2026-11-22+announced-2026-11-22 is in force in place of" in again.out
    assert casefold("calendar", "import", notice, "--json", *DATA).data["published"] == []
    assert len(ledger.history("calendar:cn")) == entries


@pytest.mark.requirement("H-01")
def test_calendars_are_for_the_data_role_and_management(casefold: Casefold, december: Recorder, notice: Path) -> None:
    refused = casefold("calendar", "import", notice, "--by", "liu:agent", "--json")
    assert (refused.code, refused.data["code"]) == (1, "not_your_role")
    assert casefold("calendar", "import", notice, "--by", "liu:management").code == 0


@pytest.mark.parametrize(
    ("good", "bad", "advice"),
    [
        ("2027-01-01/2027-01-04", "2027-01-04/2027-01-01", "it goes forward"),
        ("2027-01-10", "2027-01-11", "is a working day anyway"),
        ("（测试用，纯属虚构）", "\\x", "not valid TOML"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_line_and_advice(
    casefold: Casefold, december: Recorder, notice: Path, good: str, bad: str, advice: str
) -> None:
    text = notice.read_text(encoding="utf-8")
    number = next(number for number, line in enumerate(text.splitlines(), 1) if good in line)
    notice.write_text(text.replace(good, bad), encoding="utf-8")

    answer = casefold("calendar", "import", notice, *DATA)

    assert answer.code == 2
    assert answer.err.startswith(f"{notice}:{number}: ")
    assert advice in answer.err


def test_a_file_that_is_not_there_is_a_sentence(casefold: Casefold, tmp_path: Path) -> None:
    answer = casefold("calendar", "import", tmp_path / "none.toml", *DATA)
    assert answer.code == 2
    assert "cannot be read" in answer.err


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: text.replace("2027-01-10", "2027-01-09"), "calendar_version_used"),
        (lambda text: text, "calendar_superseded"),
    ],
)
def test_a_version_stands_for_one_content_and_does_not_come_back(
    casefold: Casefold,
    december: Recorder,
    notice: Path,
    dry_run: tuple[str, ...],
    spoil: Callable[[str], str],
    code: str,
) -> None:
    text = notice.read_text(encoding="utf-8")
    assert casefold("calendar", "import", notice, *DATA).code == 0
    notice.write_text(text.replace('version = "announced-', 'version = "later-').replace("01-10", "01-17"))
    assert casefold("calendar", "import", notice, *DATA).code == 0
    notice.write_text(spoil(text))

    answer = casefold("calendar", "import", notice, "--json", *dry_run, *DATA)

    assert (answer.code, answer.data["code"]) == (1, code)


def test_the_picture_is_drawn_in_chinese_too(casefold: Casefold, ledger: Ledger, open_cases: list[str]) -> None:
    assert not [entry for entry in ledger.history(open_cases[0]) if isinstance(entry.event, DeadlineMoved)]
    out = casefold("calendar", "show", "cn-house", "--year", "2026", "--month", "2", "--lang", "zh").out
    assert "春节" in out
    assert "本单位工作日" in out


def instant(day: int) -> str:
    """Ten in the morning in Beijing on a day of January 2027."""
    return datetime(2027, 1, day, 2, 0, tzinfo=UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
