"""Event logs of other systems taken over as closed cases: every row accounted for, each step at its own time (I-08)."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from domain.events import ActivityImported, CaseImported, ClockBreached, ClockStarted
from ledger.store import Ledger
from tests.console.conftest import Casefold, Program
from worker.stack.process import wait_until

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

RECEIPT = """
[case]
id = { column = "case:concept:name" }
kind = "complaint"
source = "municipality"
received_at = { column = "case:startdate" }
closed_at = { column = "case:enddate" }
deadline = { column = "case:deadline" }
department = { column = "case:department" }
responsible = { column = "case:responsible" }

[case.channel]
column = "case:channel"
map = { Internet = "online_message", Desk = "walk_in", Post = "letter", e-mail = "email" }
default = "other"

[event]
activity = { column = "concept:name" }
at = { column = "time:timestamp" }
resource = { column = "org:resource" }
department = { column = "org:group" }
lifecycle = { column = "lifecycle:transition", keep = ["complete"] }
"""

RUNNING_EXAMPLE = """
[case]
id = { column = "case:concept:name" }
kind = "complaint"
source = "compensations"
received_at = { column = "time:timestamp", pick = "first" }
closed_at = { column = "time:timestamp", pick = "last" }
ending_there = { column = "concept:name", pick = "last" }

[event]
activity = { column = "concept:name" }
at = { column = "time:timestamp" }
resource = { column = "org:resource" }

[finished]
column = "concept:name"
in = ["pay compensation", "reject request"]
"""

MAP = """
[file]
time_zone = "Asia/Shanghai"

[case]
id = { column = "id" }
kind = "complaint"
source = "old"
received_at = { column = "received" }
closed_at = { column = "closed" }
deadline = { column = "deadline" }
channel = { column = "channel", map = { phone = "hotline" }, default = "other" }

[event]
activity = { column = "activity" }
at = { column = "at" }
resource = { column = "who" }
"""
HEAD = "id,received,closed,deadline,channel,activity,at,who"


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """Whoever imports has the role for it."""
    return {**environment, "CASEFOLD_BY": "li:data@customer-service"}


@pytest.fixture
def map_file(tmp_path: Path) -> Path:
    """A map for small files of the test's own."""
    file = tmp_path / "map.toml"
    file.write_text(MAP, encoding="utf-8")
    return file


@pytest.fixture
def take_over(casefold: Casefold, tmp_path: Path, map_file: Path) -> Any:
    """``take_over(rows)`` imports these rows and returns the account."""

    def run(*rows: str, code: int = 0) -> Any:
        file = tmp_path / "log.csv"
        file.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
        answer = casefold("import-log", file, "--map", map_file, "--json")
        assert answer.code == code, answer.err
        assert balanced(answer.data)
        return answer.data

    return run


def balanced(data: Any) -> bool:
    """Whether every case and every row is accounted for."""
    outcomes = ("imported", "already_there", "changed", "left_out", "rejected")
    return bool(data["cases"] == sum(data[name] for name in outcomes) and data["rows"] == sum(data["rows_of"].values()))


def cases(ledger: Ledger) -> list[str]:
    """The ids of all cases."""
    return list(ledger.streams("case"))


def imported(ledger: Ledger) -> dict[str, list[Any]]:
    """What their system calls it → the entries, of every case that was taken over."""
    found = {}
    for case in cases(ledger):
        entries = ledger.history(case)
        first = entries[0].event
        assert isinstance(first, CaseImported)
        found[first.reference] = entries
    return found


# ── Real logs ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def receipt(sample_data: Path) -> Path:
    """The log of a municipality's intake."""
    return sample_data / "receipt.csv"


def read(file: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of a log by their case, read by nothing but the standard library."""
    found = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            found[row["case:concept:name"]].append(row)
    return found


def instant(row: dict[str, str], column: str) -> datetime:
    """A time of the log."""
    return datetime.fromisoformat(row[column])


@pytest.mark.requirement("I-08", "T-11")
def test_a_real_log_is_taken_over_and_says_what_the_file_says(
    casefold: Casefold, ledger: Ledger, receipt: Path, tmp_path: Path
) -> None:
    (tmp_path / "map.toml").write_text(RECEIPT, encoding="utf-8")
    there = read(receipt)
    ended = {case: rows for case, rows in there.items() if rows[0]["case:enddate"]}
    backwards = {
        case for case, rows in ended.items() if instant(rows[0], "case:enddate") < instant(rows[0], "case:startdate")
    }
    whole = {case: rows for case, rows in ended.items() if case not in backwards}
    late = {
        case for case, rows in whole.items() if instant(rows[0], "case:enddate") > instant(rows[0], "case:deadline")
    }

    arguments = ("import-log", receipt, "--map", tmp_path / "map.toml", "--rejects", tmp_path / "rejects.csv", "--json")
    data = casefold(*arguments).data

    assert balanced(data)
    assert (data["rows"], data["cases"]) == (sum(map(len, there.values())), len(there))
    assert {told["case"] for told in data["leavings"]} == set(there) - set(ended)
    assert {told["case"] for told in data["rejects"]} == backwards
    assert data["imported"] == len(whole)
    assert data["late"] == len(late) > 0

    entries = imported(ledger)
    steps = {case: [entry for entry in of if isinstance(entry.event, ActivityImported)] for case, of in entries.items()}
    assert set(entries) == set(whole)
    assert {case for case, of in entries.items() if any(isinstance(e.event, ClockBreached) for e in of)} == late
    assert sum(map(len, steps.values())) == sum(map(len, whole.values())) == data["rows_of"]["imported"]
    for case, rows in whole.items():
        assert [entry.happened_at for entry in steps[case]] == sorted(instant(row, "time:timestamp") for row in rows)
        assert {e.event.due for e in entries[case] if isinstance(e.event, ClockStarted)} == {
            instant(rows[0], "case:deadline")
        }
    after = [
        row
        for rows in whole.values()
        for row in rows
        if instant(row, "time:timestamp") > instant(rows[0], "case:enddate")
    ]
    assert data["after_the_end"] == len(after) > 0

    newest = ledger.newest()
    again = casefold(*arguments).data
    assert (again["imported"], again["already_there"]) == (0, len(whole))
    assert ledger.newest() == newest


@pytest.mark.requirement("I-08")
def test_a_log_that_names_neither_beginning_nor_end_takes_them_from_its_steps(
    casefold: Casefold, ledger: Ledger, sample_data: Path, tmp_path: Path
) -> None:
    (tmp_path / "map.toml").write_text(RUNNING_EXAMPLE, encoding="utf-8")

    data = casefold("import-log", sample_data / "running-example.csv", "--map", tmp_path / "map.toml", "--json").data

    assert (data["rows"], data["cases"], data["imported"], data["late"]) == (42, 6, 6, 0)
    first = imported(ledger)["3"][0].event
    assert first.received_at == datetime.fromisoformat("2010-12-30T14:32:00+01:00")
    assert first.closed_at == datetime.fromisoformat("2011-01-15T10:45:00+01:00")
    assert first.ending_there == "pay compensation"


# ── The made-up example ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("I-08")
def test_the_example_is_marked_as_made_up_and_works(casefold: Casefold, ledger: Ledger) -> None:
    file = EXAMPLES / "event-log.csv"

    answer = casefold("import-log", file, "--map", EXAMPLES / "event-log.toml")

    assert answer.code == 0
    assert "11 rows, 4 cases" in answer.out
    assert "3 taken over (9 steps, 1 of them after the end; 1 cases came after their deadline)" in answer.out
    assert "MADEUP-L4, line 12: It has no end date." in answer.out
    assert "1 rows are no steps, as the map says" in answer.out
    assert "MADE UP" in (EXAMPLES / "event-log.toml").read_text(encoding="utf-8")
    assert all("MADEUP" in line for line in file.read_text(encoding="utf-8").splitlines()[1:])
    (scattered,) = (entries for name, entries in imported(ledger).items() if name == "MADEUP-L2")
    assert [e.event.activity for e in scattered if isinstance(e.event, ActivityImported)] == [
        "登记受理",
        "联系客户",
        "办结",
        "归档",
    ]


# ── Every row accounted for ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("I-08")
def test_of_a_broken_log_every_row_and_every_case_is_accounted_for(take_over: Any, ledger: Ledger) -> None:
    rows = [
        ("1,2025-01-02,2025-01-05,2025-01-04,phone,begin,2025-01-02,a", ""),
        ("1,2025-01-02,2025-01-05,2025-01-04,phone,end,2025-01-05,a", ""),
        ("2,2025-01-02,,2025-01-04,phone,begin,2025-01-02,a", "no end date"),
        ("3,2025-01-02,2025-01-01,,phone,begin,2025-01-02,a", "cannot be closed before it was received"),
        ("4,2025-01-02,2999-01-01,,phone,begin,2025-01-02,a", "cannot lie in the future"),
        ("5,2025-01-02,2025-01-05,,phone,begin,soon,a", "line 7: at: 'soon' is not a time"),
        ("5,2025-01-02,2025-01-05,,phone,end,2025-01-05,a", ""),
        ("6,2025-01-02,2025-01-05,,phone,,2025-01-05,a", "line 9: activity is missing"),
        ("7,2025-01-02,2025-01-05,,phone,begin,2025-01-02,a", "closed_at: its rows say '2025-01-05' and '2025-01-06'"),
        ("7,2025-01-02,2025-01-06,,phone,end,2025-01-05,a", ""),
        ("8,,2025-01-05,,phone,begin,2025-01-02,a", "received_at is missing"),
        ("9,2025-01-02,2025-01-05,,phone,a\0b,2025-01-02,a", "line 13: It holds a NUL character"),
        (",2025-01-02,2025-01-05,,phone,begin,2025-01-02,a", "id is missing"),
        ("10,2025-01-02,phone", "3 columns instead of 8"),
    ]

    data = take_over(*(row for row, _ in rows), code=1)

    assert (data["rows"], data["cases"], data["imported"], data["left_out"]) == (len(rows), 9, 1, 1)
    assert (data["rejected"], data["stray_rows"]) == (7, 2)
    assert data["rows_of"] == {
        "imported": 2,
        "already_there": 0,
        "changed": 0,
        "left_out": 1,
        "rejected": 11,
        "filtered": 0,
    }
    reasons = [told["reason"] for told in [*data["leavings"], *data["rejects"]]]
    for reason, (_, expected) in zip(reasons, [row for row in rows if row[1]], strict=True):
        assert expected in reason
    assert len(cases(ledger)) == 1


@pytest.mark.requirement("I-08")
def test_all_rows_of_a_rejected_case_are_kept_and_can_be_corrected(
    take_over: Any, casefold: Casefold, ledger: Ledger, map_file: Path, tmp_path: Path
) -> None:
    data = take_over(
        "1,2025-01-02,2025-01-05,,phone,begin,2025-01-02,a", "1,2025-01-02,2025-01-05,,phone,end,soon,a", code=1
    )
    rejects = Path(data["rejects_file"])
    assert rejects.stat().st_mode & 0o077 == 0
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(rejects.read_text(encoding="utf-8-sig").replace("soon", "2025-01-05"), encoding="utf-8")

    again = casefold("import-log", corrected, "--map", map_file, "--json").data

    assert (again["imported"], again["rows_of"]["imported"]) == (1, 2)
    assert len(imported(ledger)["1"]) == 3


def test_rows_that_belong_to_no_case_are_warned_of(casefold: Casefold, map_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text(f"{HEAD}\n1,2025-01-02,2025-01-05,,phone,begin,2025-01-02,a\n1,2025-01-02,end\n", encoding="utf-8")

    answer = casefold("import-log", file, "--map", map_file)

    assert answer.code == 1
    assert "1 rows belong to no case" in answer.out
    assert "line 3: It has 3 columns instead of 8." in answer.out
    assert "were taken over without them" in answer.err


@pytest.mark.requirement("I-08")
def test_a_dry_run_decides_and_writes_nothing(
    casefold: Casefold, ledger: Ledger, map_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "log.csv"
    file.write_text(
        f"{HEAD}\n1,2025-01-02,2025-01-05,,phone,a,2025-01-02,b\n2,2025-01-02,2024-01-05,,phone,a,2025-01-02,b\n",
        encoding="utf-8",
    )
    newest = ledger.newest()

    data = casefold("import-log", file, "--map", map_file, "--dry-run", "--json").data
    assert "would be taken over" in casefold("import-log", file, "--map", map_file, "--dry-run").out

    assert (data["dry_run"], data["imported"], data["rejected"], data["rejects_file"]) == (True, 1, 1, None)
    assert ledger.newest() == newest
    assert not list(tmp_path.glob("*.rejects.*"))
    real = casefold("import-log", file, "--map", map_file, "--json").data
    assert (real["imported"], real["rejects"]) == (data["imported"], data["rejects"])


@pytest.mark.requirement("I-08")
def test_a_case_that_changed_since_is_told_and_stays_as_it_was(take_over: Any, ledger: Ledger) -> None:
    rows = ("1,2025-01-02,2025-01-05,,phone,begin,2025-01-02,a", "2,2025-01-02,2025-01-05,,phone,begin,2025-01-02,a")
    take_over(*rows)
    newest = len(ledger.history(cases(ledger)[0]))

    data = take_over(*rows, "1,2025-01-02,2025-01-05,,phone,more,2025-01-04,a")

    assert (data["imported"], data["already_there"], data["changed"]) == (0, 1, 1)
    assert data["rows_of"]["changed"] == 2
    assert data["changes"][0]["reason"] == f"Already there as {cases(ledger)[0]}, and says something else."
    assert len(ledger.history(cases(ledger)[0])) == newest


def test_somebody_else_who_imports_the_same_log_finds_it_there(
    take_over: Any, casefold: Casefold, ledger: Ledger, map_file: Path, tmp_path: Path
) -> None:
    take_over("1,2025-01-02,2025-01-05,2025-01-03,phone,begin,2025-01-02,a")

    data = casefold("import-log", tmp_path / "log.csv", "--map", map_file, "--json", "--by", "somebody:data").data

    assert (data["imported"], data["already_there"], data["changed"], data["rejected"]) == (0, 1, 0, 0)
    assert len(cases(ledger)) == 1


def test_an_auditor_imports_nothing(casefold: Casefold, ledger: Ledger, map_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text(f"{HEAD}\n1,2025-01-02,2025-01-05,,phone,begin,2025-01-02,a\n", encoding="utf-8")

    answer = casefold("import-log", file, "--map", map_file, "--by", "q:auditor")

    assert answer.code == 1
    assert "1, line 2: Auditors read; they do not change cases." in answer.out
    assert cases(ledger) == []


def test_one_object_a_line_is_a_log_too(casefold: Casefold, ledger: Ledger, map_file: Path, tmp_path: Path) -> None:
    steps = [{"activity": "end", "at": "2025-01-05"}, {"activity": "begin", "at": "2025-01-02T10:00:00Z"}]
    case = {"id": 7, "received": "2025-01-02", "closed": "2025-01-05", "deadline": None, "channel": "fax"}
    file = tmp_path / "log.jsonl"
    file.write_text("".join(json.dumps({**case, **step, "who": None}) + "\n" for step in steps), encoding="utf-8")

    data = casefold("import-log", file, "--map", map_file, "--json").data

    assert (data["rows"], data["imported"]) == (2, 1)
    first, *rest = (entry.event for entry in imported(ledger)["7"])
    assert first.channel == "other"
    assert [event.activity for event in rest] == ["begin", "end"]


# ── Wrongly asked ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[event]", "[events]"), "'events' is not known"),
        (("source =", "sauce ="), "'sauce' is not known"),
        (("resource =", "person ="), "'person' is not known"),
        (('phone = "hotline"', 'phone = "pigeon"'), "channel: 'pigeon' is not one of"),
        (('id = { column = "id" }', ""), "[case] has no id"),
        (('closed_at = { column = "closed" }', ""), "[case] has no closed_at"),
        (('at = { column = "at" }', ""), "[event] has no at"),
        (('{ column = "at" }', '{ column = "when" }'), "has no column when"),
        (('{ column = "closed" }', '{ column = "closed", pick = "best" }'), "'best' is not known"),
        (('{ column = "who" }', '{ column = "who", pick = "last" }'), "'pick' is not known"),
        (("[event]", '[event]\nlifecycle = { column = "who" }'), "lifecycle: name a column and what to keep"),
        (("[event]", '[finished]\ncolumn = "who"\n[event]'), "[finished] names a column and one of"),
    ],
)
def test_a_map_that_cannot_be_used_says_why_before_anything_is_written(
    no_ledger: Casefold, map_file: Path, tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    map_file.write_text(MAP.replace(*change), encoding="utf-8")
    file = tmp_path / "log.csv"
    file.write_text(f"{HEAD}\n1,2025-01-02,2025-01-05,,phone,begin,2025-01-02,a\n", encoding="utf-8")

    answer = no_ledger("import-log", file, "--map", map_file, COLUMNS="400")

    assert answer.code == 2
    assert said in " ".join(answer.err.split())


# ── Interrupted ──────────────────────────────────────────────────────────────────────────────────────────────────────

MANY = 1000
"""Five batches."""


@pytest.mark.requirement("I-08")
def test_killed_in_the_middle_and_run_again_takes_every_case_over_once(
    program: Program, ledger: Ledger, map_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "many.csv"
    steps = [
        f"{case},2025-01-02,2025-01-05,2025-01-0{case % 9 + 1},phone,step {number},2025-01-0{number},a"
        for number in (2, 3, 5, 6)
        for case in range(MANY)
    ]
    file.write_text("\n".join((HEAD, *steps)) + "\n", encoding="utf-8")
    process = program.start("import-log", file, "--map", map_file)
    assert wait_until(lambda: ledger.newest() >= 300, 120, every=0.01)
    process.kill()
    process.communicate()
    there = len(cases(ledger))
    assert 0 < there < MANY

    data = program("import-log", file, "--map", map_file, "--json").data

    assert balanced(data)
    assert (data["imported"], data["already_there"], data["rejected"]) == (MANY - there, there, 0)
    entries = imported(ledger)
    assert len(entries) == len(cases(ledger)) == MANY
    assert all(sum(isinstance(e.event, ActivityImported) for e in of) == 4 for of in entries.values())
