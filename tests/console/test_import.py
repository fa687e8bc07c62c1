"""Cases of another system taken over: every row accounted for, again and again, whatever the file looks like (I-08)."""

from __future__ import annotations

import csv
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from domain.events import CaseImported, ClockBreached, ClockStarted, NoticeRequested
from ledger.store import Ledger
from tests.console.conftest import Casefold, Program, folded
from worker.stack.process import wait_until

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

MAP = """
[file]
time_zone = "Asia/Shanghai"

[case]
kind = "complaint"
source = "old"
reference = { column = "id" }
received_at = { column = "received" }
channel = { column = "channel", map = { phone = "hotline", web = "complaint_form" } }
customer_name = { column = "name" }
matter = { column = "matter" }
urgency = { column = "urgency", default = "ordinary" }

[finished]
column = "closed"
filled = true
closed_at = { column = "closed" }
ending = "resolved"
ending_there = { template = "closed on {closed} by {name}" }
"""
HEAD = "id,received,closed,channel,name,matter,urgency"


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


def cases(ledger: Ledger) -> list[str]:
    """The ids of all cases."""
    return list(ledger.streams("case"))


def imported(ledger: Ledger) -> dict[str, CaseImported]:
    """Reference → the event, of every case that was taken over."""
    events = (ledger.opened(ledger.history(case)[0].event) for case in cases(ledger))
    return {event.reference: event for event in events if isinstance(event, CaseImported)}


def balanced(data: Any) -> bool:
    """Whether every row is accounted for."""
    return bool(data["rows"] == data["opened"] + data["already_there"] + data["changed"] + data["rejected"])


# ── Real complaints ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("I-08")
def test_all_80_real_complaints_are_taken_over_and_again_changes_nothing(
    casefold: Casefold, ledger: Ledger, sample_data: Path
) -> None:
    arguments = ("import", sample_data / "cfpb_complaints.json", "--map", EXAMPLES / "cfpb.toml", "--json")

    decided = casefold(*arguments, "--dry-run").data
    assert cases(ledger) == []
    first = casefold(*arguments)
    newest = ledger.newest()
    second = casefold(*arguments)

    assert (first.code, second.code) == (0, 0)
    assert (decided["rows"], decided["opened"], decided["dry_run"]) == (80, 80, True)
    assert {name: first.data[name] for name in ("rows", "opened", "finished", "open", "rejected")} == {
        "rows": 80,
        "opened": 80,
        "finished": 61,
        "open": 19,
        "rejected": 0,
    }
    assert (second.data["opened"], second.data["already_there"]) == (0, 80)
    assert ledger.newest() == newest
    assert len(cases(ledger)) == 80
    assert first.data["stand_ins"] == {"closed_at": 61}
    assert first.data["gaps"]["field:contact"] == 80


@pytest.mark.requirement("I-08")
def test_real_finished_cases_enter_closed_and_open_ones_start_their_clocks_silently(
    casefold: Casefold, ledger: Ledger, sample_data: Path
) -> None:
    casefold("import", sample_data / "cfpb_complaints.json", "--map", EXAMPLES / "cfpb.toml")

    for case in cases(ledger):
        events = [entry.event for entry in ledger.history(case)]
        state = folded(ledger, case)
        assert not [event for event in events if isinstance(event, NoticeRequested)]
        if state.over:
            assert len(events) == 1
            assert state.ending is not None
        else:
            assert all(event.silent for event in events if isinstance(event, ClockBreached))
            assert [event for event in events if isinstance(event, ClockStarted)]


# ── The made-up example ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_example_is_marked_as_made_up_and_works(casefold: Casefold, ledger: Ledger) -> None:
    file = EXAMPLES / "old-system.csv"
    answer = casefold("import", file, "--map", EXAMPLES / "old-system.toml")

    assert answer.code == 0
    assert "5 rows" in answer.out
    assert "5 opened (3 finished, 2 open)" in answer.out
    assert "MADE UP" in (EXAMPLES / "old-system.toml").read_text(encoding="utf-8")
    assert all("MADEUP" in line for line in file.read_text(encoding="utf-8").splitlines()[1:])
    assert imported(ledger)["MADEUP-0001"].channel == "hotline"
    assert imported(ledger)["MADEUP-0005"].gaps == ("field:contact", "field:remedy_sought")


# ── Broken files ─────────────────────────────────────────────────────────────────────────────────────────────────────

BROKEN = [
    (HEAD, ""),
    ("1,2026-01-02 10:00,,phone,张三,broken lamp,", "opened"),
    ("2,02.01.2026,,phone,a,b,", "received_at: '02.01.2026' is not a time"),
    ("3,2026-01-02,,pigeon,a,b,", "the map has no word for 'pigeon'"),
    (",2026-01-02,,phone,a,b,", "reference is missing"),
    ("1,2026-01-02 10:00,,phone,张三,broken lamp,", "already there"),
    ("1,2026-01-02 10:00,,phone,Li,another matter,", "Line 2 has the same reference"),
    ("4,2026-01-02,phone", "3 columns instead of 7"),
    ("5,2026-01-02,,phone,a,b,,extra", "8 columns instead of 7"),
    ("6,2026-01-02,,phone,a\0b,b,", "NUL"),
    (",,,,,,", "It is empty"),
    ("7,2026-01-02,2025-01-01,phone,a,b,", "cannot be closed before it was received"),
    ("8,2999-01-02,,phone,a,b,", "cannot lie in the future"),
    ("9,2026-01-02,soon,phone,a,b,", "closed_at: 'soon' is not a time"),
    ("10,2026-01-02,,phone,a,b,extreme", "urgency: 'extreme' is not one of"),
    ('11,2026-01-02,,phone,"a, ""b""\nc",d,safety', "opened"),
    ("12,2026-01-02T10:00:00Z,2026-01-03,web,a,b,", "opened"),
    ("13,0001-01-01,,phone,a,b,", "received_at: '0001-01-01' is not a time"),
]
NOT_TEXT = b"14,2026-01-02,,phone,\xff\xfe,b,\n"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A file with everything that can be wrong with a row."""
    file = tmp_path / "broken.csv"
    file.write_bytes("".join(f"{line}\n" for line, _ in BROKEN).encode() + NOT_TEXT)
    return file


@pytest.mark.requirement("I-08")
def test_of_a_broken_file_every_row_is_accounted_for(
    casefold: Casefold, ledger: Ledger, map_file: Path, broken: Path
) -> None:
    answer = casefold("import", broken, "--map", map_file, "--json")

    data = answer.data
    assert answer.code == 1
    assert data["rows"] == len(BROKEN)
    assert balanced(data)
    assert data["opened"] == len(cases(ledger)) == sum(outcome == "opened" for _, outcome in BROKEN)
    assert data["already_there"] == 1
    expected = [outcome for _, outcome in BROKEN if outcome not in ("", "opened", "already there")]
    assert len(data["rejects"]) == len(expected) + 1
    for reject, reason in zip(data["rejects"], [*expected, "not text in the file's encoding"], strict=True):
        assert reason in reject["reason"]
    lines = {reject["line"] for reject in data["rejects"]}
    assert {3, 4, 5, 7, 8} <= lines
    assert max(lines) == 20  # one row went over two lines


def test_a_broken_file_again_changes_nothing(casefold: Casefold, ledger: Ledger, map_file: Path, broken: Path) -> None:
    first = casefold("import", broken, "--map", map_file, "--json").data
    newest = ledger.newest()

    second = casefold("import", broken, "--map", map_file, "--json").data

    assert ledger.newest() == newest
    assert second["opened"] == 0
    assert second["already_there"] == first["opened"] + first["already_there"]
    assert second["rejects"] == first["rejects"]


def test_rejected_rows_are_written_to_a_file_of_ones_own_and_can_be_corrected(
    casefold: Casefold, ledger: Ledger, map_file: Path, broken: Path
) -> None:
    answer = casefold("import", broken, "--map", map_file)
    rejects = broken.with_name("broken.csv.rejects.csv")

    assert str(rejects) in answer.out
    assert rejects.stat().st_mode & 0o077 == 0
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["_line"] == "3"
    assert "is not a time" in rows[0]["_reason"]
    assert "4,2026-01-02,phone" in [row["_raw"] for row in rows]

    corrected = rejects.with_name("corrected.csv")
    text = rejects.read_text(encoding="utf-8-sig").replace("02.01.2026", "2026-01-02").replace("pigeon", "phone")
    corrected.write_text(text, encoding="utf-8")
    before = len(cases(ledger))
    casefold("import", corrected, "--map", map_file)
    assert len(cases(ledger)) == before + 2
    assert {"2", "3"} <= set(imported(ledger))


def test_a_dry_run_decides_and_writes_nothing(casefold: Casefold, ledger: Ledger, map_file: Path, broken: Path) -> None:
    newest = ledger.newest()

    data = casefold("import", broken, "--map", map_file, "--dry-run", "--json").data
    assert "1 twice in the file" in casefold("import", broken, "--map", map_file, "--dry-run").out

    assert ledger.newest() == newest
    assert cases(ledger) == []
    assert not list(broken.parent.glob("*.rejects.*"))
    real = casefold("import", broken, "--map", map_file, "--json").data
    assert data["rejects"] == real["rejects"]
    assert data["opened"] == real["opened"]


def test_an_unclosed_quotation_mark_is_named_with_its_lines(casefold: Casefold, map_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "quote.csv"
    file.write_text(f'{HEAD}\n1,2026-01-02,,phone,"a,b,\n2,2026-01-02,,phone,a,b,\n', encoding="utf-8")

    data = casefold("import", file, "--map", map_file, "--json").data

    assert balanced(data)
    assert data["rejects"][0]["line"] == 2
    assert "line 3: is a quotation mark not closed?" in data["rejects"][0]["reason"]


# ── Other forms and encodings ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", "\t"), ("gb18030", ",")]
)
def test_encoding_and_delimiter_are_found_out(
    casefold: Casefold, ledger: Ledger, map_file: Path, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    lines = [HEAD, "1,2026-01-02 10:00,,phone,张三,台灯坏了,", "2,2026-01-02 10:00,,web,李四,退款,"]
    file = tmp_path / "rows.csv"
    file.write_bytes("".join(f"{line}\r\n" for line in lines).replace(",", delimiter).encode(encoding))

    answer = casefold("import", file, "--map", map_file)

    assert answer.code == 0, answer.out
    assert imported(ledger)["1"].customer_name == "张三"
    assert imported(ledger)["2"].matter == "退款"
    assert imported(ledger)["1"].received_at.isoformat() == "2026-01-02T02:00:00+00:00"


def test_json_may_be_an_array_or_one_object_a_line(
    casefold: Casefold, ledger: Ledger, map_file: Path, tmp_path: Path
) -> None:
    rows: list[Any] = [
        {
            "id": 1,
            "received": "2026-01-02",
            "closed": None,
            "channel": "phone",
            "name": "a",
            "matter": 1.5,
            "urgency": "",
        },
        {"id": "2", "received": "2026-01-02", "closed": "2026-01-03", "channel": "web", "name": "b", "matter": "c"},
        ["no", "object"],
        {"id": "3", "received": "2026-01-02", "channel": "phone", "name": "\ud800", "matter": "lone surrogate"},
    ]
    array, lines = tmp_path / "rows.json", tmp_path / "rows.jsonl"
    array.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{broken\n", encoding="utf-8")

    first = casefold("import", array, "--map", map_file, "--json").data
    second = casefold("import", lines, "--map", map_file, "--json").data

    assert (first["rows"], first["opened"], first["rejected"]) == (4, 2, 2)
    assert [reject["line"] for reject in first["rejects"]] == [19, 23]
    assert (second["rows"], second["already_there"], second["rejected"]) == (5, 2, 3)
    assert imported(ledger)["1"].matter == "1.5"
    assert imported(ledger)["2"].ending_there == "closed on 2026-01-03 by b"
    rejects = lines.with_name("rows.jsonl.rejects.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["_line"] for line in rejects] == [3, 4, 5]


@pytest.mark.requirement("I-08")
def test_a_row_that_changed_since_the_first_import_is_told_with_its_line_and_changes_nothing(
    casefold: Casefold, ledger: Ledger, map_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(f"{HEAD}\n1,2026-01-02,,phone,a,b,\n2,2026-01-02,,phone,c,d,\n", encoding="utf-8")
    casefold("import", file, "--map", map_file)
    newest = len(ledger.history(cases(ledger)[1]))
    file.write_text(f"{HEAD}\n1,2026-01-02,,phone,a,b,\n2,2026-01-02,,phone,c,changed,\n", encoding="utf-8")

    data = casefold("import", file, "--map", map_file, "--json").data
    answer = casefold("import", file, "--map", map_file, "--by", "somebody:data")

    case = cases(ledger)[1]
    reason = f"Already there as {case}, and says something else."
    assert balanced(data)
    assert (data["rows"], data["already_there"], data["changed"], data["rejected"]) == (2, 1, 1, 0)
    assert data["changes"] == [{"line": 3, "reason": reason}]
    assert answer.code == 0
    assert f"line 3: {reason}" in answer.out
    assert "1 already there, and say something else" in answer.out
    rows = Path(data["rejects_file"]).read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 2
    assert rows[1].endswith(f'3,"{reason}",')
    assert len(ledger.history(case)) == newest


def test_somebody_else_who_imports_the_same_file_finds_it_there(
    casefold: Casefold, ledger: Ledger, map_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(f"{HEAD}\n1,2026-01-02,,phone,a,b,\n", encoding="utf-8")
    casefold("import", file, "--map", map_file)

    data = casefold("import", file, "--map", map_file, "--json", "--by", "somebody:data").data

    assert (data["opened"], data["already_there"], data["rejected"]) == (0, 1, 0)
    assert len(cases(ledger)) == 1


def test_an_auditor_imports_nothing(casefold: Casefold, ledger: Ledger, map_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(f"{HEAD}\n1,2026-01-02,,phone,a,b,\n", encoding="utf-8")

    answer = casefold("import", file, "--map", map_file, "--by", "q:auditor")

    assert answer.code == 1
    assert "line 2: Auditors read; they do not change cases." in answer.out
    assert cases(ledger) == []


# ── Wrongly asked ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[case]", "[cases]"), "'cases' is not known"),
        (("source =", "sauce ="), "'sauce' is not known"),
        (('phone = "hotline"', 'phone = "pigeon"'), "channel: 'pigeon' is not one of"),
        (('reference = { column = "id" }', ""), "has no reference"),
        (('{ column = "id" }', '{ column = "ID" }'), "has no column ID"),
        (('{ column = "id" }', "{ }"), "either a column or a template"),
        (("filled = true", ""), "[finished] names a column and one of"),
        (('closed_at = { column = "closed" }', ""), "has no closed_at"),
        (("Asia/Shanghai", "Asia/Atlantis"), "no time zone Asia/Atlantis"),
        (("[file]", "[file"), "is not TOML"),
        (("[file]", '[file]\nencoding = "utf-99"'), "no encoding utf-99"),
    ],
)
def test_a_map_that_cannot_be_used_says_why_before_anything_is_written(
    no_ledger: Casefold, map_file: Path, tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    map_file.write_text(MAP.replace(*change), encoding="utf-8")
    file = tmp_path / "rows.csv"
    file.write_text(f"{HEAD}\n1,2026-01-02,,phone,a,b,\n", encoding="utf-8")

    answer = no_ledger("import", file, "--map", map_file, COLUMNS="400")

    assert answer.code == 2
    assert said in " ".join(answer.err.split())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.csv", None, "cannot be read"),
        ("empty.csv", b"", "is empty"),
        ("wide.csv", HEAD.encode("utf-16"), "is UTF-16"),
        ("twice.csv", b"id,id\n", "two columns called id"),
        ("broken.json", b'[{"id": 1},\n{"id": ', "not JSON from line 2"),
        ("half.json", b'[{"id": 1}', "not JSON from line 1"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    no_ledger: Casefold, map_file: Path, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)

    answer = no_ledger("import", file, "--map", map_file, COLUMNS="400")

    assert answer.code == 2
    assert said in " ".join(answer.err.split())


# ── Interrupted ──────────────────────────────────────────────────────────────────────────────────────────────────────

MANY = 1000
"""Five batches."""


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A file that takes a while."""
    file = tmp_path / "many.csv"
    rows = "".join(f"{number},2026-01-02 10:00,,phone,name {number},matter {number},\n" for number in range(MANY))
    file.write_text(f"{HEAD}\n{rows}", encoding="utf-8")
    return file


def _wait_for_some(ledger: Ledger) -> None:
    assert wait_until(lambda: ledger.newest() >= 300, 120, every=0.01)


@pytest.mark.requirement("I-08")
def test_killed_in_the_middle_and_run_again_opens_every_row_once(
    program: Program, ledger: Ledger, map_file: Path, many: Path
) -> None:
    process = program.start("import", many, "--map", map_file)
    _wait_for_some(ledger)
    process.kill()
    process.communicate()
    there = len(cases(ledger))
    assert 0 < there < MANY

    data = program("import", many, "--map", map_file, "--json").data

    assert (data["opened"], data["already_there"], data["rejected"]) == (MANY - there, there, 0)
    assert len(imported(ledger)) == len(cases(ledger)) == MANY


def test_ctrl_c_says_what_was_done_and_how_to_go_on(
    program: Program, ledger: Ledger, map_file: Path, many: Path
) -> None:
    process = program.start("import", many, "--map", map_file)
    _wait_for_some(ledger)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=90)

    assert process.returncode == 130
    assert "Traceback" not in err
    assert "Interrupted." in err
    assert "Run the same command again" in err
    assert f"{many}: " in out
    assert 0 < len(cases(ledger)) < MANY
