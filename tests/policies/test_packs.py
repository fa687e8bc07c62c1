"""Packs: each says where every rule of its book is found, and has the numbers that the requirements list."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import policies
from policies.pack import Pack
from policies.rows import found

PACKS = {pack.name: pack for pack in policies.packs()}
HOUSES = ("short-drama", "douyin", "after-sales-ops")

USERS = {"T-07", "T-08", "T-09", "T-10", "T-11", "T-12", "H-02", "H-09", "C-09", "P-02", "P-04"}
"""What the users of every book need."""
OF_THE_BOOK = {
    "short-drama": {"T-10", "H-01", "H-03", "H-04", "H-07", "H-08", "H-10", "P-01", "P-03", "P-05"},
    "douyin": {"T-01", "I-05", "H-01", "H-03", "H-08", "H-11"},
    "after-sales-ops": {
        *("T-01", "T-02", "T-03", "T-04", "T-05", "T-06", "T-07", "T-08", "I-05", "C-09"),
        *("H-01", "H-02", "H-03", "H-04", "H-05", "H-06", "H-10", "H-11"),
    },
}
"""The rows of the requirements, of the groups T, H and P, I-05 and C-09, that name the book."""
PLACES = {
    "short-drama": ["S4", "S9.2", "S12", "S13", "S15", "S18", "S22", "S26", "S28", "S30", "S31"],
    "douyin": ["D1", "D2.1.3", "D3.1.2", "D3.1.3", "D3.1.5", "D3.2.3", "D3.3.3", "D5.3.3", "D7.1", "D7.2.2"],
    "after-sales-ops": [
        *("O1.3.2", "O2", "O2.2.4", "O2.3", "O2.3.2", "O3.1.1", "O3.1.3", "O3.2", "O3.2.3", "O3.3", "O3.3.1"),
        *("O3.3.2", "O3.4.1", "O3.5", "O4.1.1", "O4.1.2", "O4.3", "O5.1.2", "O5.2", "O5.2.1", "O5.3", "O6.1"),
        *("O7.1.3", "O7.3.1"),
    ],
}
DEFAULTS = {
    ("douyin", "first_response_minutes"): ("3", "D3.1.2"),
    ("after-sales-ops", "first_response_minutes"): ("5", "O3.1.1"),
    ("after-sales-ops", "first_response_urgent_minutes"): ("0", "O4.1.1"),
    ("after-sales-ops", "deferred_answer_hours"): ("24", "O3.1.3"),
    ("after-sales-ops", "assignee_contact_hours"): ("2", "O3.3.1"),
    ("after-sales-ops", "solve_hours"): ("24", "O3.3.2"),
    ("after-sales-ops", "solve_complex_hours"): ("72", "O3.3.2"),
    ("after-sales-ops", "result_notice_hours"): ("4", "O3.4.1"),
    ("after-sales-ops", "survey_working_days"): ("3", "O3.5.1"),
    ("after-sales-ops", "resolution_target_ordinary_percent"): ("95", "O4.2.1"),
    ("after-sales-ops", "resolution_target_complex_percent"): ("85", "O4.2.2"),
    ("after-sales-ops", "repair_warranty_days"): ("90", "O4.4.2"),
    ("after-sales-ops", "report_months"): ("1", "O7.3"),
    ("short-drama", "visit_months"): ("6", "S10.1"),
    ("short-drama", "survey_months"): ("3", "S20.1"),
    ("short-drama", "drill_months"): ("6", "S22.2"),
    ("short-drama", "meeting_months"): ("1", "S26.2"),
    ("short-drama", "supervision_months"): ("3", "S28"),
    ("short-drama", "evaluation_months"): ("6", "S29"),
    ("douyin", "report_months"): ("1", "D6.2"),
}


def test_the_packs_that_are_shipped() -> None:
    assert set(PACKS) == {"general", *HOUSES, "cn-statutory", "uk-disp"}
    for pack in PACKS.values():
        assert set(pack.title) == set(pack.about) == {"en", "zh"}
    assert all(set(PACKS[name].kinds) == {"complaint", "after_sales", "inquiry"} for name in HOUSES)
    assert PACKS["uk-disp"].kinds == ("complaint",)
    assert policies.load("cn-statutory") == {}


@pytest.mark.parametrize("name", HOUSES)
def test_a_pack_has_a_row_for_every_requirement_that_names_its_book(name: str) -> None:
    pack = PACKS[name]
    assert {one for row in pack.rows for one in row.requirement} >= USERS | OF_THE_BOOK[name]
    assert {row.book for row in pack.rows} >= set(PLACES[name])


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_what_a_row_names_is_in_the_sheets(pack: Pack) -> None:
    sheets = policies.load(pack.name)
    for row in pack.rows:
        assert row.where
        assert all(found(where, sheets) for where in row.where), row


@pytest.mark.requirement("T-01", "T-02", "T-03", "T-04", "T-05", "T-06")
@pytest.mark.parametrize(("pack", "name"), DEFAULTS, ids=str)
def test_the_numbers_that_the_books_leave_open_have_their_defaults(pack: str, name: str) -> None:
    value, book = DEFAULTS[pack, name]
    parameter = PACKS[pack].parameters[name]
    assert (parameter.value, parameter.default) == (value, value)
    assert book in parameter.book
    assert parameter.requirement
    assert set(parameter.title) == {"en", "zh"}


@pytest.mark.requirement("T-01", "T-02", "T-03", "T-04", "T-05", "T-06")
@pytest.mark.parametrize("name", HOUSES)
def test_a_house_pack_has_a_clock_for_each_promise(name: str) -> None:
    clocks = {rule.requirement for sheet in policies.load(name).values() for rule in sheet.clocks}
    assert clocks >= {"T-01", "T-02", "T-03", "T-04", "T-05", "T-06", "H-03", "H-10", "C-04", "C-06", "R-03"}


@pytest.mark.requirement("T-10")
@pytest.mark.parametrize("name", HOUSES)
def test_a_house_pack_escalates_from_the_lead_to_the_department_head(name: str) -> None:
    solution = next(rule for rule in policies.load(name)["complaint"].clocks if rule.name == "solution")
    assert solution.warn == (50, 80)
    assert [step.to for step in solution.escalate] == ["lead", "department_head", "management"]


@pytest.mark.requirement("P-03")
def test_every_policy_is_reviewed_once_a_year() -> None:
    assert {sheet.review_months for name in PACKS for sheet in policies.load(name).values()} == {12}


@pytest.mark.requirement("P-05")
def test_supervision_is_periodic_where_the_house_has_a_supervisory_body() -> None:
    months = {name: {sheet.supervision_months for sheet in policies.load(name).values()} for name in PACKS}
    assert [months[name] for name in HOUSES] == [{3}, {6}, {6}]
    assert months["general"] == {0}


@pytest.mark.parametrize(
    ("where", "there"),
    [
        ("first_response_minutes", True),
        ("clocks", True),
        ("clocks.first_response", True),
        ("inquiry/clocks.deferred_answer", True),
        ("complaint/clocks.deferred_answer", False),
        ("needs.investigate.lead_taken", True),
        ("inquiry/needs.investigate.lead_taken", False),
        ("complaint/needs.review.event:CustomerFollowedUp", True),
        ("happened_at_window.receive_case", True),
        ("warranty", True),
        ("nothing", False),
        ("clocks.nothing", False),
        ("nobody/clocks", False),
    ],
)
def test_a_place_in_the_sheets_is_found_or_not(where: str, there: bool) -> None:
    assert found(where, policies.load("after-sales-ops")) is there


def test_the_table_of_requirements_leads_from_the_rule_book_to_the_tests() -> None:
    script = Path(__file__).resolve().parent.parent.parent / "scripts" / "requirements.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, encoding="utf-8")
    row = re.search(r"^O3\.1\.1 +T-01 +(.*)\n((?: {20,}tests/.*\n)+)", done.stdout, re.MULTILINE)
    assert row is not None
    assert row[1] == "first_response_minutes = 5 minutes; clocks.first_response"
    wrong = done.stderr.splitlines()
    assert done.returncode == (1 if wrong else 0)
    assert all(re.fullmatch(r"[THP]-[0-9]{2} has no test", line) for line in wrong)
