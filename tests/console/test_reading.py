"""The commands that read: what a case is, what happened, what changed, what it waits for."""

from __future__ import annotations

import threading
import time

import pytest

from console.needs import NEEDS
from domain import needs
from domain.meets import MEETS
from ledger.store import Ledger
from ledger.views import Views
from tests.console.conftest import Casefold, Program


@pytest.fixture
def listed(ledger: Ledger) -> Views:
    """The lists, to be brought up to date by the test."""
    return Views(ledger)


def test_show_is_a_picture_of_the_case(casefold: Casefold, investigated: str) -> None:
    casefold("ask-question", investigated, "--to", "sun", "--text", "why?", "--due", "+2h", "--by", "wang")

    shown = casefold("show", investigated).out

    assert shown.splitlines()[0] == f"{investigated}  Complaint  investigate, round 1"
    for words in ("product / damage", "wang", "question Q1", "Time limits", "solution", "Waiting for", "a finding"):
        assert words in shown


@pytest.mark.requirement("L-04")
def test_personal_data_is_masked_unless_it_is_to_be_revealed(casefold: Casefold, complaint: str) -> None:
    for command in (("show", complaint), ("history", complaint), ("diff", complaint, "--from", "v0")):
        for as_json in ((), ("--json",)):
            masked = casefold(*command, *as_json).out
            revealed = casefold(*command, *as_json, "--reveal").out

            assert "张三" not in masked
            assert "13800138000" not in masked
            assert "灯坏了" not in masked
            assert "张三" in revealed
            assert "灯坏了" in revealed
    assert "张*" in casefold("show", complaint).out
    assert "138****8000" in casefold("history", complaint).out


@pytest.mark.requirement("L-02")
def test_show_at_a_point_is_what_was_known_then(casefold: Casefold, investigated: str, ledger: Ledger) -> None:
    entries = ledger.history(investigated)
    second = entries[1].recorded_at.isoformat()

    by_version = casefold("show", investigated, "--at", "v2", "--json").data
    by_time = casefold("show", investigated, "--at", second, "--json").data
    now = casefold("show", investigated, "--json").data

    assert by_version["version"] == 2
    assert by_version["stage"] == "receive"
    assert by_time["stage"] == "receive"
    assert now["stage"] == "investigate"
    assert now["version"] == len(entries)
    assert now["waiting_for"][0]["code"] == "finding_recorded"
    assert "As it was known at version 2" in casefold("show", investigated, "--at", "v2").out


def test_before_it_was_received_there_was_no_case(casefold: Casefold, complaint: str) -> None:
    assert casefold("show", complaint, "--at", "1d ago").code == 1
    assert casefold("history", complaint, "--at", "1d ago", "--json").data == []
    assert casefold("show", complaint, "--at", "v99").code == 2


@pytest.mark.parametrize("command", ["show", "history", "why"])
def test_an_unknown_case_is_said_to_be_unknown(casefold: Casefold, command: str) -> None:
    answer = casefold(command, "c-2026-999999", "--json")

    assert answer.code == 1
    assert answer.data["code"] == "unknown_case"
    assert answer.err.strip() == "There is no case C-2026-999999."


@pytest.mark.requirement("L-01")
def test_history_tells_who_did_what_when_in_the_words_of_the_glossary(casefold: Casefold, investigated: str) -> None:
    lines = casefold("history", investigated).out.splitlines()[1:]
    data = casefold("history", investigated, "--json").data

    assert len(lines) == len(data)
    assert "The case was received and registered." in lines[0]
    assert "(I-0" not in lines[0]
    assert "chen" in next(line for line in lines if "The case was assigned" in line)
    assert [line["version"] for line in data] == list(range(1, len(data) + 1))
    assert data[0]["actor"] == {"id": "li", "roles": ["agent"], "department": "customer-service"}
    assert data[0]["sentence"] == "The case was received and registered."
    assert data[0]["data"]["kind"] == "complaint"


@pytest.mark.requirement("L-01")
def test_what_was_reported_late_is_marked(casefold: Casefold, complaint: str) -> None:
    casefold("contact-customer", complaint, "--channel", "hotline", "--happened-at", "1h ago")

    data = casefold("history", complaint, "--json").data
    line = next(line for line in data if line["event"] == "CustomerContacted")

    assert line["late"] is True
    assert data[0]["late"] is False
    assert "[happened " in next(line for line in casefold("history", complaint).out.splitlines() if "contacted" in line)


def test_the_history_of_a_policy_can_be_read_too(casefold: Casefold) -> None:
    assert "A policy sheet came into force" in casefold("history", "policy:complaint").out


@pytest.mark.requirement("L-02")
def test_diff_shows_what_is_different_and_what_happened_in_between(casefold: Casefold, complaint: str) -> None:
    before = casefold("show", complaint, "--json").data["version"]
    casefold("classify-case", complaint, "--category", "product")
    casefold("set-urgency", complaint, "--urgency", "urgent", "--reason", "a child is at home")

    data = casefold("diff", complaint, "--from", f"v{before}", "--json").data
    changes = {change["field"]: (change["before"], change["after"]) for change in data["changes"]}

    assert changes["category"] == ("", "product")
    assert changes["urgency"] == ("ordinary", "urgent")
    assert data["from"] == before
    assert [entry["event"] for entry in data["entries"]][:2] == ["CaseClassified", "UrgencySet"]
    text = casefold("diff", complaint, "--from", f"v{before}").out
    assert "What is different" in text
    assert "a child is at home" not in text
    assert "Nothing changed." in casefold("diff", complaint, "--from", "v2", "--to", "v2").out
    assert casefold("diff", complaint, "--from", "v3", "--to", "v2").code == 2


def test_why_says_who_can_give_what_until_when_and_what_to_type(casefold: Casefold, investigated: str) -> None:
    casefold("ask-question", investigated, "--to", "sun", "--text", "why?", "--due", "+2h", "--by", "wang")

    waits = {wait["code"]: wait for wait in casefold("why", investigated, "--json").data["waiting_for"]}

    assert list(waits) == ["finding_recorded", "responsible_named", "decision_taken", "questions_answered"]
    assert waits["decision_taken"]["roles"] == ["agent", "department_head", "lead"]
    assert waits["finding_recorded"]["people"] == ["wang"]
    assert waits["questions_answered"]["people"] == ["sun"]
    assert waits["questions_answered"]["clock"] == "question:Q1"
    assert waits["questions_answered"]["due"] is not None
    typed = waits["questions_answered"]["type"]
    assert typed == [f"casefold answer-question {investigated} --question Q1 --text …"]
    assert "casefold record-finding" in casefold("why", investigated).out


def test_what_why_says_to_type_is_accepted(casefold: Casefold, complaint: str) -> None:
    """Followed literally, the advice leads a complaint out of *receive*."""
    casefold("classify-case", complaint, "--category", "product")
    wait = casefold("why", complaint, "--json").data["waiting_for"][0]
    command = wait["type"][0].replace("--to …", "--to wang").replace("--department …", "--department x").split()
    assert casefold(*command[1:]).code == 0

    wait = casefold("why", complaint, "--json").data["waiting_for"][0]
    assert wait["people"] == ["wang"]
    assert casefold(*wait["type"][0].split()[1:], "--by", "wang").code == 0
    assert casefold("why", complaint, "--json").data["stage"] == "investigate"


def test_why_knows_every_need_and_the_commands_that_meet_it() -> None:
    from domain.commands import COMMANDS
    from domain.events import EVENTS

    steps = {step for arrangement in needs.ARRANGEMENT_STEPS.values() for step in arrangement}
    assert set(NEEDS) == set(MEETS) == set(needs.NEEDS) | steps
    for need in MEETS.values():
        assert set(need.commands) <= set(COMMANDS)
        assert set(need.events) <= set(EVENTS)


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_list_says_what_to_do_next(casefold: Casefold, listed: Views) -> None:
    listed.rebuild()

    assert "casefold open" in casefold("list").out
    assert casefold("list", "--json").data == []


def test_the_list_is_sorted_by_what_is_due_and_can_be_filtered(
    casefold: Casefold, investigated: str, listed: Views
) -> None:
    inquiry = casefold("open", "inquiry", "--channel", "email", "--urgency", "urgent", "--json").data["case"]
    listed.rebuild()

    def cases(*filters: str) -> list[str]:
        return [row["case"] for row in casefold("list", *filters, "--json").data]

    assert cases() == [inquiry, investigated]
    assert cases("--kind", "complaint") == [investigated]
    assert cases("--stage", "investigate") == [investigated]
    assert cases("--urgency", "urgent") == [inquiry]
    assert cases("--responsible", "wang") == [investigated]
    assert cases("--mine", "--by", "wang") == [investigated]
    assert cases("--department", "after-sales") == [investigated]
    assert cases("--overdue") == []
    assert cases("--all", "--kind", "inquiry") == [inquiry]
    assert cases("--limit", "1") == [inquiry]
    table = casefold("list").out
    assert table.index(inquiry) < table.index(investigated)
    assert "a finding" in table


def test_a_list_that_is_behind_says_so_and_rebuilding_mends_it(casefold: Casefold, complaint: str) -> None:
    assert "casefold rebuild-views" in casefold("list").err

    assert casefold("rebuild-views", "--json").data == {"cases": 1}

    answer = casefold("list")
    assert complaint in answer.out
    assert answer.err == ""


def test_the_balance_of_commands_adds_up(casefold: Casefold, complaint: str) -> None:
    casefold("record-finding", complaint, "--course", "x", "--cause", "y")

    answer = casefold("balance")
    data = casefold("balance", "--json").data

    assert answer.code == 0
    assert "Balanced" in answer.out
    assert data["balanced"] is True
    assert data["received"] == data["accepted"] + data["refused"]
    assert data["refused"] == 1
    assert {"command": "record_finding", "received": 1, "accepted": 0, "refused": 1} in data["commands"]


def test_watch_prints_what_is_recorded_while_it_runs(program: Program, casefold: Casefold, complaint: str) -> None:
    watching = program.start("watch", complaint, "--for", "90", "--json")
    lines: list[str] = []
    assert watching.stdout is not None
    reader = threading.Thread(target=lambda: lines.extend(watching.stdout or ()), daemon=True)
    reader.start()
    deadline = time.monotonic() + 60
    while not lines and time.monotonic() < deadline:
        casefold("add-note", complaint, "--text", "one more")
        time.sleep(0.5)
    watching.terminate()
    watching.communicate()

    assert lines
    assert '"NoteAdded"' in lines[0]
    assert "one more" not in lines[0]


def test_watch_tells_refusals_too(casefold: Casefold, complaint: str) -> None:
    casefold("record-finding", complaint, "--course", "x", "--cause", "y")

    out = casefold("watch", "--last", "100", "--for", "0.5").out

    assert f"{complaint} v1" in out
    assert f"Refused: record-finding {complaint}" in out


def test_piped_there_is_no_colour_and_no_line_is_broken(program: Program, investigated: str) -> None:
    answer = program("history", investigated, COLUMNS="40")

    assert "\x1b" not in answer.out
    first = answer.out.splitlines()[1]
    assert "The case was received and registered." in first
    assert "contact: 138****8000" in first
    assert all(line == line.rstrip() for line in answer.out.splitlines())


def test_a_reader_that_goes_away_does_no_harm(program: Program, investigated: str) -> None:
    process = program.start("history", investigated)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None

    _, err = process.communicate(timeout=90)

    assert "Traceback" not in err


def test_a_text_cannot_steer_the_terminal(casefold: Casefold, complaint: str) -> None:
    casefold("add-note", complaint, "--text", "\x1b[2Jgone\nsecond line")

    out = casefold("history", complaint, "--reveal").out

    assert "\x1b" not in out
    assert "gone ⏎ second line" in out
