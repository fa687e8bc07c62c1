"""`casefold deadline explain`, and how `show`, `why`, `history` and `list` tell of time limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from console.words import sentence
from domain import commands as c
from domain.actor import WORKFLOW, Actor
from domain.events import ClockBreached
from domain.message import Command
from domain.policy import Sheet
from domain.rules import ApprovalRule
from domain.words import Channel, Outcome, Stage
from ledger.recorder import Recorder
from ledger.store import Ledger
from ledger.submission import Submission
from ledger.views import Views
from tests.console.conftest import MATTER_KEY, Casefold
from tests.domain.story import COMPLAINT, DATA, LI
from tests.domain.test_explain import SHEET, there

WAIT, INSPECT = c.PauseClocks(reason="waiting_for_customer"), c.PauseClocks(reason="inspection")


def _is(moment: datetime) -> datetime:
    return moment


class Office:
    """Gives commands at any instant, to a ledger of its own."""

    def __init__(self, ledger: Ledger, sheet: Sheet = SHEET) -> None:
        self.ledger = ledger
        self.case = ""
        self.given = 0
        Recorder(ledger, MATTER_KEY.encode()).publish({"complaint": sheet}, WORKFLOW)

    def at(self, moment: datetime, *commands: Command, by: Actor = LI) -> None:
        recorder = Recorder(self.ledger, MATTER_KEY.encode(), clock=partial(_is, moment))
        for command in commands:
            self.given += 1
            receipt = recorder.record(Submission(command, by, f"o{self.given}", stream=self.case or None))
            assert receipt.refusal is None, receipt.refusal.sentence
            self.case = receipt.stream


@pytest.fixture
def office(ledger: Ledger) -> Office:
    return Office(ledger)


@pytest.fixture
def over_labour_day(office: Office) -> Office:
    """A complaint of the last Wednesday of April, held twice: the one that is worked out by hand."""
    office.at(there("04-29", "10:00"), COMPLAINT)
    office.at(there("04-30", "10:00"), WAIT)
    office.at(there("04-30", "12:00"), c.ReceiveMessage(channel=Channel.EMAIL, text="还没有消息吗？"))
    office.at(there("04-30", "16:00"), c.ResumeClocks(pause="P1"))
    office.at(there("05-07", "14:00"), INSPECT)
    office.at(there("05-08", "11:00"), c.ResumeClocks(pause="P2"))
    return office


def explained(casefold: Casefold, *arguments: str) -> dict[str, Any]:
    data: dict[str, Any] = casefold("deadline", "explain", *arguments, "--json").data["explained"]
    return data


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-12", "T-07", "T-09")
def test_the_page_shows_start_rule_calendar_pauses_and_the_walk_day_by_day(
    casefold: Casefold, over_labour_day: Office
) -> None:
    page = casefold("deadline", "explain", over_labour_day.case, "house", "--at", "2026-05-08T12:00+08:00").out
    lines = [" ".join(line.split()) for line in page.splitlines()]
    assert lines[0] == f"{over_labour_day.case} house house"
    assert lines[1] == ("Due Mon 2026-05-11 17:00 (Asia/Shanghai). It runs: 3d 5h (18h 30m of it working time) left.")
    for line in (
        "started Wed 2026-04-29 10:00 The case was received and registered (entry 1, by li)",
        "time limit 40 working hours",
        "other limits urgent: 4 working hours",
        "source O3.3.2",
        "binds agent",
        "calendar Our working days (cn-house 2026-11-22+2026-11-22, Asia/Shanghai)",
        "agrees with the ledger yes",
        "P2 Inspection (Order 20 §20) statutory 2026-05-07 14:00 2026-05-08 11:00 7h 30m",
        "Wed 2026-04-29 working day 09:00–12:00, 13:30–18:00 6h 30m 6h 30m from 10:00",
        "Thu 2026-04-30 working day 09:00–12:00, 13:30–18:00 3h 9h 30m 4h 30m P1",
        "Fri 2026-05-01 holiday, Labour Day 9h 30m",
        "Sat 2026-05-09 make-up working day, Labour Day 09:00–12:00, 13:30–18:00 7h 30m 33h 30m",
        "Sun 2026-05-10 rest day 33h 30m",
        "Mon 2026-05-11 working day 09:00–12:00, 13:30–18:00 6h 30m 40h until 17:00",
        "2026-05-08 11:00 it ran again after a pause 2026-05-11 09:30 2026-05-11 17:00 12",
        "warning at 50 % Thu 2026-05-07 12:00 raised, entry 9, found late by 2h",
        "step 1, to lead Mon 2026-05-11 17:00 still to come",
    ):
        assert line in lines, line
    assert "2026 announced, 2025-11-04" in page.replace("                    ", " ")
    assert "the customer was heard of meanwhile" in next(line for line in lines if line.startswith("P1 waiting"))


@pytest.mark.requirement("T-12")
def test_the_same_as_json_in_seconds_and_with_every_day(casefold: Casefold, over_labour_day: Office) -> None:
    found = explained(casefold, over_labour_day.case, "house")
    assert (found["due"], found["derived"], found["agrees"]) == (
        "2026-05-11T09:00:00.000000Z",
        "2026-05-11T09:00:00.000000Z",
        True,
    )
    assert sum(line["counted"] for line in found["walk"]) == 40 * 3600
    assert found["walk"][1] == {
        "day": "2026-04-30",
        "why": "working",
        "name": {},
        "windows": ["09:00-12:00", "13:30-18:00"],
        "counted": 3 * 3600,
        "total": 9.5 * 3600,
        "paused": 4.5 * 3600,
        "pauses": ["P1"],
        "rolled": False,
        "provisional": False,
    }
    assert [held["added"] for held in found["holds"]] == [43.5 * 3600, 7.5 * 3600]


@pytest.mark.requirement("T-12", "T-08")
def test_without_a_name_all_are_shown_in_short_and_the_next_one_due_is_explained(
    casefold: Casefold, over_labour_day: Office
) -> None:
    answer = casefold("deadline", "explain", over_labour_day.case)
    data = casefold("deadline", "explain", over_labour_day.case, "--json").data
    assert [clock["clock"] for clock in data["clocks"]] == ["house", "statute"]
    assert [(clock["family"], clock["moved"]) for clock in data["clocks"]] == [("house", 2), ("statute", 1)]
    assert data["explained"]["clock"] == "house"
    assert answer.out.index("statute") < answer.out.index("Where it comes from")


@pytest.mark.requirement("T-12", "L-02")
def test_at_an_earlier_point_it_is_explained_as_it_was_known_then(casefold: Casefold, over_labour_day: Office) -> None:
    then = explained(casefold, over_labour_day.case, "house", "--at", "2026-05-07T15:00+08:00")
    assert then["due"] == "2026-05-11T01:30:00.000000Z"
    assert (then["result"], then["if_resumed"]) == ("standing", "2026-05-11T02:30:00.000000Z")
    page = casefold("deadline", "explain", over_labour_day.case, "house", "--at", "2026-05-07T15:00+08:00").out
    assert "It stands still: 3d 19h (19h 30m of it working time) left when it runs again." in page
    assert "If it ran again now, it would be due Mon 2026-05-11 10:30." in page
    assert "it lasts" in page


@pytest.mark.requirement("T-12")
def test_a_clock_that_the_case_does_not_have_is_answered_with_those_that_it_has(
    casefold: Casefold, over_labour_day: Office
) -> None:
    answer = casefold("deadline", "explain", over_labour_day.case, "lunch", COLUMNS="300")
    assert answer.code == 2
    assert f"{over_labour_day.case} has no time limit lunch. It has: house, statute." in answer.err
    assert casefold("deadline", "explain", "C-2026-999999").code == 1


@pytest.mark.requirement("T-12")
def test_a_case_without_time_limits_says_so(casefold: Casefold, office: Office) -> None:
    closed = datetime.fromisoformat("2026-01-02T00:00Z")
    received = closed - timedelta(days=1)
    imported = c.ImportLog(kind="complaint", source="old", reference="1", received_at=received, closed_at=closed)
    office.at(there("05-06", "09:00"), imported, by=DATA)
    assert f"{office.case} has no time limits." in casefold("deadline", "explain", office.case).out
    assert casefold("deadline", "explain", office.case, "--json").data["explained"] is None


@pytest.mark.requirement("T-12")
def test_the_clock_of_a_round_may_be_called_without_its_round(casefold: Casefold, investigated: str) -> None:
    assert explained(casefold, investigated, "Contact")["clock"] == "contact"
    question = ("ask-question", investigated, "--to", "sun", "--text", "why?", "--due", "+2h", "--by", "wang")
    casefold(*question)
    page = casefold("deadline", "explain", investigated, "question:q1").out
    assert "due time named by  wang" in page
    assert "Day by day" not in page


@pytest.mark.requirement("T-12")
def test_a_long_walk_shows_days_that_are_alike_as_one_line(casefold: Casefold, ledger: Ledger) -> None:
    patient = replace(SHEET, version="patient", clocks=(replace(SHEET.clocks[0], limit={"ordinary": "60d"}),))
    office = Office(ledger, patient)
    office.at(there("05-06", "09:00"), COMPLAINT)
    page = casefold("deadline", "explain", office.case, "house", "--at", "2026-05-06T10:00+08:00").out
    assert len([line for line in page.splitlines() if " 2026-0" in line]) < 40
    assert "Mon 2026-06-08 to Fri 2026-06-12" in page
    assert len(explained(casefold, office.case, "house")["walk"]) == 61


# ── The other commands ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-09")
def test_why_says_which_pause_holds_which_limit_and_what_to_type(casefold: Casefold, office: Office) -> None:
    office.at(there("05-06", "09:00"), COMPLAINT)
    office.at(there("05-06", "10:00"), WAIT, c.ReceiveMessage(channel=Channel.EMAIL, text="喂？"))
    line = f"casefold resume-clocks {office.case} --pause P1"
    (pause,) = casefold("why", office.case, "--json").data["pauses"]
    assert (pause["clocks"], pause["type"], pause["flagged"]) == (["house"], [line], True)
    text = casefold("why", office.case).out
    assert "P1  waiting for customer (convenience)" in text
    assert line in text
    assert casefold(*line.split()[1:]).code == 0
    assert casefold("why", office.case, "--json").data["pauses"] == []


@pytest.mark.requirement("T-08", "T-09", "T-10")
def test_show_says_whose_limit_it_is_and_how_it_stands(casefold: Casefold, over_labour_day: Office) -> None:
    over_labour_day.at(there("05-12", "09:00"), c.AddNote(text="x"), c.PauseClocks(reason="inspection"))
    lines = [" ".join(line.split()) for line in casefold("show", over_labour_day.case).out.splitlines()]
    house = next(line for line in lines if line.startswith("house "))
    assert house.endswith("house breached, escalated to step 1, stands still (P3), moved 2 times")
    assert any(line.startswith("P1 waiting for customer convenience 2026-04-30") for line in lines)


@pytest.mark.requirement("T-11")
def test_history_says_by_how_much_something_was_found_late(casefold: Casefold, office: Office) -> None:
    office.at(there("05-06", "09:00"), COMPLAINT)
    office.at(there("05-12", "14:30"), c.AddNote(text="the system was down"))
    data = casefold("history", office.case, "--json").data
    breach = next(line for line in data if line["event"] == "ClockBreached" and line["data"]["clock"] == "house")
    assert (breach["late"], breach["found_late_by"]) == (True, 3 * 3600)
    assert breach["happened_at"] == "2026-05-12T03:30:00.000000Z"
    assert f"{sentence(ClockBreached)} [found late by 3h]" in casefold("history", office.case).out
    assert data[0]["found_late_by"] is None


@pytest.mark.requirement("T-09")
def test_the_list_says_that_time_stands_still_and_leaves_it_out_of_what_is_due(
    casefold: Casefold, office: Office
) -> None:
    office.at(there("05-06", "09:00"), COMPLAINT)
    office.at(there("05-06", "10:00"), INSPECT)
    Views(office.ledger).project(office.ledger.history(office.case))
    (row,) = casefold("list", "--json").data
    assert (row["next_due"], row["standing"], row["breached"]) == (None, ["house", "statute"], [])
    assert "stands still" in casefold("list").out
    assert casefold("list", "--overdue", "--json").data == []


@pytest.mark.requirement("H-09")
def test_a_proposal_to_approve_says_who_may_and_what_to_type(casefold: Casefold, ledger: Ledger) -> None:
    needs = {**SHEET.needs, Stage.PROPOSE: ("proposal_made", "proposal_approved")}
    approval = ApprovalRule(above=Decimal(100), by=("lead",))
    office = Office(ledger, replace(SHEET, version="approved", needs=needs, approval=approval))
    office.at(
        there("05-06", "09:00"),
        COMPLAINT,
        c.ClassifyCase(category="product", subcategory="damage"),
        c.AssignCase(to="li", department="customer-service"),
        c.RecordFinding(course="It fell.", cause="packaging"),
        c.NameResponsible(department="logistics", person="sun"),
        c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="house-7"),
        c.ProposeRemedy(summary="Money back.", amount=Decimal(150)),
    )
    (wait,) = casefold("why", office.case, "--json").data["waiting_for"]
    assert (wait["code"], wait["text"], wait["roles"]) == (
        "proposal_approved",
        "the approval of the proposal",
        ["lead"],
    )
    assert wait["type"] == [
        f"casefold approve-proposal {office.case}",
        f"casefold decline-approval {office.case} --reason …",
    ]
    assert casefold("approve-proposal", office.case, "--by", "li:lead").code == 1
    assert casefold("approve-proposal", office.case, "--by", "chen:lead").code == 0
    assert "1 of 1 chen" in casefold("show", office.case).out


# ── Commands that are made from the glossary ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "command",
    [
        "pause-clocks",
        "resume-clocks",
        "receive-message",
        "report-result",
        "follow-up-customer",
        "report-upward",
        "approve-proposal",
        "decline-approval",
        "move-to-policy",
    ],
)
def test_the_new_commands_have_their_help(no_ledger: Casefold, command: str) -> None:
    assert no_ledger(command, "--help").code == 0


@pytest.mark.parametrize("command", ["recompute-deadlines", "move-to-substitute", "move-back"])
def test_what_only_the_program_asks_for_is_no_persons_command(no_ledger: Casefold, command: str) -> None:
    assert no_ledger(command, "C-2026-000001").code == 2


@pytest.mark.requirement("T-09")
def test_a_pause_is_given_and_ended_from_the_command_line(casefold: Casefold, office: Office) -> None:
    office.at(there("05-06", "09:00"), COMPLAINT)
    refused = casefold("pause-clocks", office.case, "--reason", "lunch")
    assert refused.code == 1
    assert "Reasons are: inspection, waiting_for_customer." in refused.err
    assert casefold("pause-clocks", office.case, "--reason", "inspection", "--note", "laboratory").code == 0
    message = ("receive-message", office.case, "--channel", "email", "--text", "喂？")
    assert "PauseFlagged" in casefold(*message, "--json").data["events"]
    assert casefold("resume-clocks", office.case, "--pause", "P1").code == 0
