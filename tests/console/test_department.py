"""Departments, assignment by rule and the hands of a case, on the command line."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

import policies
from domain.actor import WORKFLOW
from domain.rules import AssignmentRule
from ledger.recorder import Recorder
from ledger.views import Views
from tests.console.conftest import MATTER_KEY, Casefold
from tests.ledgers import Ledger
from worker.fanout import Fanout

LEAD = "chen:lead@customer-service"
WANG = "wang:agent@after-sales"
RULES = (
    AssignmentRule(name="lamps", department="after-sales", skill="lamps", categories=("product",)),
    AssignmentRule(name="money", department="finance", categories=("billing",)),
)
_numbers = itertools.count(1)


@pytest.fixture
def house(casefold: Casefold, database_url: str) -> Iterator[Ledger]:
    """A ledger whose policy for complaints assigns by rule, and the members of after-sales."""
    sheet = replace(
        policies.load()["complaint"], version="by rule", assignment=RULES, substitutes={"after-sales": "hotline"}
    )
    with Ledger(database_url) as ledger:
        Recorder(ledger, MATTER_KEY.encode()).publish({"complaint": sheet}, WORKFLOW)
        for person in ("wang", "sun"):
            added = casefold("department", "add-member", "after-sales", person, "--skill", "lamps", "--by", LEAD)
            assert added.code == 0, added.err
        casefold("department", "add-member", "after-sales", "gu", "--skill", "phones", "--role", "expert", "--by", LEAD)
        yield ledger


def opened(casefold: Casefold, category: str = "product", *more: str) -> str:
    """A new complaint about a matter of its own."""
    fields = ("--customer-name", "Mary", "--contact", "m@example.com", "--remedy-sought", "a new one")
    matter = ("--matter", f"matter {next(_numbers)}", "--category", category)
    answer = casefold("open", "complaint", "--channel", "hotline", *fields, *matter, *more, "--json")
    assert answer.code == 0, answer.err
    case: str = answer.data["case"]
    return case


def with_wang(casefold: Casefold) -> str:
    """A complaint that Wang has."""
    case = opened(casefold)
    assert casefold("assign-case", case, "--to", "wang", "--department", "after-sales").code == 0
    assert casefold("accept-assignment", case, "--by", WANG).code == 0
    return case


def fan_out(ledger: Ledger) -> None:
    """What the worker does."""
    fanout = Fanout(ledger, Recorder(ledger, MATTER_KEY.encode()), per_second=1e6)
    with fanout.follower as follower:
        assert follower.acquire()
        while entries := follower.next(0):
            fanout.take(entries)
    Views(ledger).rebuild()


# ── Departments ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("H-01", "H-02")
def test_members_are_listed_and_shown_with_roles_and_skills(casefold: Casefold, house: Ledger) -> None:
    listed = casefold("department", "list", "--json")
    assert [(one["department"], len(one["members"])) for one in listed.data] == [("after-sales", 3)]
    assert "after-sales" in casefold("department", "list").out
    members = {one["person"]: one for one in casefold("department", "show", "after-sales", "--json").data["members"]}
    assert members["gu"] == {"person": "gu", "roles": ["expert"], "skills": ["phones"], "leave": None}
    assert "expert" in casefold("department", "show", "after-sales").out


def test_what_is_not_there_is_said_in_a_sentence(casefold: Casefold) -> None:
    assert "no department yet" in casefold("department", "list").out
    unknown = casefold("department", "show", "nowhere")
    assert (unknown.code, "has no members yet" in unknown.err) == (1, True)
    leave = casefold("department", "leave", "nowhere", "wang", "--by", LEAD, "--json")
    assert (leave.code, leave.data["code"]) == (1, "unknown_department")
    assert casefold("department", "add-member", "hotline", "li").code == 1, "an agent may not"


@pytest.mark.requirement("H-07")
def test_leave_moves_the_cases_and_the_return_brings_them_back(casefold: Casefold, house: Ledger) -> None:
    case = with_wang(casefold)
    leave = casefold("department", "leave", "after-sales", "wang", "--until", "+3d", "--reason", "a cold", "--by", LEAD)
    assert leave.code == 0, leave.err
    assert "went on leave" in leave.out
    fan_out(house)
    assert casefold("show", case, "--json").data["responsible"] == "sun"
    history = casefold("history", "department:after-sales")
    assert "A member went on leave" in history.out
    assert "a cold" not in history.out, "why somebody is away is masked"
    shown = casefold("department", "show", "after-sales")
    assert "on leave until" in shown.out
    assert "by plan" in shown.out
    assert casefold("department", "return", "after-sales", "wang", "--by", LEAD, "--json").data["events"] == [
        "LeaveEnded"
    ]
    fan_out(house)
    assert casefold("show", case, "--json").data["responsible"] == "wang"


@pytest.mark.requirement("H-07")
def test_a_failed_desk_without_a_substitute_is_shown_until_it_is_restored(casefold: Casefold, house: Ledger) -> None:
    case = with_wang(casefold)
    failed = casefold("department", "fail-desk", "after-sales", "--reason", "no power", "--by", LEAD)
    assert failed.code == 0, failed.err
    fan_out(house)
    shown = casefold("department", "show", "after-sales")
    assert "The desk has failed since" in shown.out
    assert case in shown.out
    assert casefold("department", "show", "after-sales", "--json").data["without_substitute"] == {"D1": [case]}
    assert casefold("show", case, "--json").data["responsible"] == "wang"
    assert casefold("department", "restore-desk", "after-sales", "--by", LEAD).code == 0
    assert case not in casefold("department", "show", "after-sales").out


@pytest.mark.requirement("H-07")
def test_a_drill_shows_where_each_case_would_go_and_moves_nothing(casefold: Casefold, house: Ledger) -> None:
    cases = [with_wang(casefold) for _ in range(2)]
    Views(house).rebuild()
    played = casefold("department", "drill", "after-sales", "--person", "wang", "--by", LEAD)
    assert played.code == 0, played.err
    assert "Nothing was moved." in played.out
    assert all(case in played.out for case in cases)
    assert "2 to sun of after-sales" in played.out
    failed = casefold("department", "drill", "after-sales", "--by", LEAD, "--json").data
    assert [(step["case"], step["to"]) for step in failed["steps"]] == [(case, None) for case in cases]
    assert "no substitute" in casefold("department", "drill", "after-sales", "--by", LEAD).out
    held = [type(entry.event).__name__ for entry in house.history("department:after-sales")]
    assert held.count("DrillHeld") == 3
    fan_out(house)
    assert [casefold("show", case, "--json").data["responsible"] for case in cases] == ["wang", "wang"]
    last = casefold("department", "show", "after-sales", "--json").data["last_drill"]["drill"]
    assert (last["cases"], last["without_substitute"]) == (2, 2)
    assert "Last drill" in casefold("department", "show", "after-sales").out
    assert casefold("department", "drill", "after-sales", "--person", "nobody", "--by", LEAD).code == 1


def test_the_same_command_twice_is_recorded_once(casefold: Casefold, house: Ledger) -> None:
    for _ in range(2):
        again = casefold("department", "leave", "after-sales", "gu", "--by", LEAD, "--command-id", "leave-gu", "--json")
        assert again.code == 0, again.err
    assert again.data["repeated"] is True


# ── Assignment by rule ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("H-02")
def test_a_case_goes_to_who_has_the_skill_and_the_least_to_do(casefold: Casefold, house: Ledger) -> None:
    with_wang(casefold)
    Views(house).rebuild()
    case = opened(casefold)
    preview = casefold("assign-by-rule", case, "--dry-run")
    assert preview.code == 0, preview.err
    assert "By the rule lamps: department after-sales, skill lamps." in preview.out
    assert "lacks the skill lamps" in preview.out
    assert "nothing was recorded" in preview.out
    assigned = casefold("assign-by-rule", case, "--json", "--by", LEAD).data
    assert (assigned["to"], assigned["department"], assigned["rule"]) == ("sun", "after-sales", "lamps")
    assert [(one["person"], one["load"], one["left_out"]) for one in assigned["candidates"]] == [
        ("sun", 0, None),
        ("wang", 1, None),
        ("gu", 0, "skill"),
    ]
    assert "CaseAssigned" in assigned["receipt"]["events"]
    assert casefold("show", case, "--json").data["offered_to"] == "sun"
    again = casefold("assign-by-rule", case, "--json", "--by", LEAD)
    assert (again.code, again.data["code"]) == (1, "offer_pending")
    casefold("withdraw-case", case, "--reason", "settled")
    assert casefold("assign-by-rule", case, "--json", "--by", LEAD).data["code"] == "case_closed"


@pytest.mark.requirement("H-02", "H-03")
def test_who_sent_it_back_does_not_get_it_again(casefold: Casefold, house: Ledger) -> None:
    case = opened(casefold)
    first = casefold("assign-by-rule", case, "--json", "--by", LEAD).data["to"]
    casefold("refuse-assignment", case, "--reason", "on another one", "--by", f"{first}:agent@after-sales")
    second = casefold("assign-by-rule", case, "--json", "--by", LEAD).data
    assert {first, second["to"]} == {"sun", "wang"}
    casefold("refuse-assignment", case, "--reason", "so am I", "--by", f"{second['to']}:agent@after-sales")
    nobody = casefold("assign-by-rule", case, "--by", LEAD)
    assert nobody.code == 1
    assert "Nobody of the department after-sales" in nobody.err
    assert "sent this case back" in nobody.out


@pytest.mark.requirement("H-02", "C-09")
def test_all_unassigned_work_is_given_out_the_most_urgent_first(casefold: Casefold, house: Ledger) -> None:
    ordinary = [opened(casefold) for _ in range(3)]
    urgent = opened(casefold, "product", "--urgency", "urgent")
    by_hand = opened(casefold, "service")
    Views(house).rebuild()
    preview = casefold("assign-by-rule", "--all-unassigned", "--dry-run", "--json").data
    assert [one["case"] for one in preview] == [urgent, *ordinary, by_hand]
    assert [one["to"] for one in preview] == ["sun", "wang", "wang", "sun", None]
    assert casefold("show", urgent, "--json").data["offered_to"] == ""

    kept = casefold("assign-by-rule", "--all-unassigned", "--by", LEAD, typed="n\n")
    assert (kept.code, "Nothing was assigned." in kept.err) == (2, True)
    done = casefold("assign-by-rule", "--all-unassigned", "--by", LEAD, "--command-id", "monday", typed="y\n")
    assert done.code == 1, "one is left for a person"
    assert "4 cases were assigned" in done.out
    assert "assign it by hand" in done.out
    assert [entry.command_id for entry in house.history(urgent)][-1] == f"monday:{urgent}"
    Views(house).rebuild()
    left = casefold("assign-by-rule", "--all-unassigned", "--by", LEAD, "--yes", "--json")
    assert [one["case"] for one in left.data] == [by_hand]
    listed = casefold("list", "--urgency", "urgent", "--json").data
    assert [(one["case"], one["offered_to"]) for one in listed] == [(urgent, "sun")], "tracked until it is solved"


def test_it_is_asked_for_one_case_or_for_all(casefold: Casefold) -> None:
    assert casefold("assign-by-rule", "--by", LEAD).code == 2
    assert casefold("assign-by-rule", "C-2026-000001", "--all-unassigned", "--by", LEAD).code == 2
    asked = casefold("assign-by-rule", "--all-unassigned", "--json", "--by", LEAD)
    assert (asked.code, "--yes or --dry-run" in asked.err) == (2, True)
    assert casefold("assign-by-rule", "C-2026-000001", "--by", LEAD).code == 1
    assert "Every open case is with somebody." in casefold("assign-by-rule", "--all-unassigned", "--dry-run").out


# ── Hands ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("H-03", "H-04")
def test_who_had_a_case_is_shown_with_elapsed_and_working_time(casefold: Casefold, house: Ledger) -> None:
    case = with_wang(casefold)
    casefold("offer-hand-over", case, "--to", "gu", "--department", "online", "--reason", "theirs", "--by", WANG)
    casefold("accept-hand-over", case, "--by", "gu:agent@online")
    casefold("offer-hand-over", case, "--to", "wang", "--department", "after-sales", "--reason", "no", "--by", "gu")
    casefold("accept-hand-over", case, "--by", WANG)
    data = casefold("held", case, "--calendar", "mon-fri", "--json").data
    assert [(one["person"], one["department"], one["came"]) for one in data["held"]] == [
        ("li", "customer-service", "received"),
        ("wang", "after-sales", "assigned"),
        ("gu", "online", "handed_over"),
        ("wang", "after-sales", "handed_over"),
    ]
    assert data["held"][-1]["until"] is None
    assert all(0 <= one["working_seconds"] <= one["elapsed_seconds"] + 1 for one in data["held"])
    assert (data["answers_to_customer"], data["hand_overs"], data["ping_pongs"]) == ("li", 2, 1)
    shown = casefold("held", case)
    assert "li answers to the customer to the end." in shown.out
    assert "Passed to and fro" in shown.out
    assert casefold("held", case, "--calendar", "nowhere").code == 1
    assert casefold("held", "C-2026-999999").code == 1


@pytest.mark.requirement("H-04")
def test_the_time_of_each_department_and_person_is_added_up(casefold: Casefold, house: Ledger) -> None:
    for _ in range(2):
        with_wang(casefold)
    opened(casefold)
    totals = casefold("held", "--json").data
    assert (totals["cases"], totals["hand_overs"], totals["ping_pongs"]) == (3, 0, 0)
    held = {(one["department"], one["person"]): one["cases"] for one in totals["held"]}
    assert held == {("after-sales", "wang"): 2, ("customer-service", "li"): 3}
    only = casefold("held", "--department", "after-sales", "--since", "1h ago", "--json").data
    assert (only["cases"], [one["person"] for one in only["held"]]) == (2, ["wang"])
    assert "wang" in casefold("held", "--department", "after-sales").out
    assert "Nobody had a case then." in casefold("held", "--department", "nowhere").out
    assert casefold("held", "C-2026-000001", "--since", "1h ago").code == 2
