"""A department: its members, their leave, its desk, and drills."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from domain import department_messages as m
from domain.actor import Actor, Role
from domain.department import Member
from domain.department_stream import COMMANDS, EVENTS, MAY
from domain.message import Command, sentence_of
from domain.streams import DEPARTMENT
from tests.domain.departments import Desk, desk
from tests.domain.story import DAY_ONE, LI, SYSTEM

HR = Actor("hu", (Role.HR,))
FRIDAY = DAY_ONE + timedelta(days=4)
HOTLINE = desk("hotline", li="lamps", wang="lamps, english")
AWAY = HOTLINE.after(m.StartLeave(person="li", substitute="wang", until=FRIDAY, reason="a cold"))


@pytest.mark.requirement("H-01", "H-02")
def test_a_member_has_roles_and_skills_which_may_change() -> None:
    added = m.MemberAdded(person="li", roles=(Role.AGENT, Role.EXPERT), skills=("lamps",))
    first = Desk().accepts(m.AddMember(person="li", roles=(Role.AGENT, Role.EXPERT), skills=("lamps",)), added)
    first.refuses(m.AddMember(person="li", roles=(Role.AGENT, Role.EXPERT), skills=("lamps",)), "nothing_changes")
    then = first.after(m.AddMember(person="li", skills=("lamps", "english")))
    assert then.department.members == {"li": Member((Role.AGENT,), ("lamps", "english"))}


def test_a_department_begins_with_its_first_member() -> None:
    Desk().refuses(m.StartLeave(person="li"), "unknown_department", department="hotline")
    Desk().refuses(m.AddMember(person=" "), "field_missing", field="person")
    Desk().refuses(m.AddMember(person="li", skills=("",)), "field_missing", field="skill")


@pytest.mark.requirement("H-01")
@pytest.mark.parametrize("role", MAY)
def test_leads_heads_management_and_hr_look_after_members_and_plans(role: Role) -> None:
    HOTLINE.after(m.StartLeave(person="li"), by=Actor("xu", (role,)))


@pytest.mark.requirement("H-01")
@pytest.mark.parametrize(
    "command",
    [m.AddMember(person="x"), m.StartLeave(person="li"), m.FailDesk(reason="no power"), m.HoldDrill(cases=0)],
)
def test_others_do_not(command: Command) -> None:
    HOTLINE.refuses(command, "not_your_role", by=LI, roles="lead, department_head, management, hr")


def test_what_the_program_asks_is_not_asked_by_people() -> None:
    HOTLINE.refuses(m.CheckLeaves(), "only_the_system", by=HR)
    HOTLINE.refuses(m.ReportSubstituteMissing(plan="L1", cases=()), "only_the_system", by=HR)


@pytest.mark.requirement("H-07")
def test_a_leave_has_a_number_and_a_substitute_who_is_there() -> None:
    then = HOTLINE.accepts(
        m.StartLeave(person="li", substitute="wang", until=FRIDAY, reason="a cold"),
        m.LeaveStarted(plan="L1", person="li", substitute="wang", until=FRIDAY, reason="a cold", at=DAY_ONE),
        by=HR,
    )
    assert not then.department.is_present("li")
    then.refuses(m.StartLeave(person="li"), "on_leave_already", plan="L1")
    then.refuses(m.StartLeave(person="wang", substitute="li"), "substitute_away", person="li")
    HOTLINE.refuses(m.StartLeave(person="li", substitute="li"), "own_substitute")
    HOTLINE.refuses(m.StartLeave(person="li", substitute="sun"), "not_a_member", person="sun", department="hotline")
    HOTLINE.refuses(m.StartLeave(person="sun"), "not_a_member", person="sun")
    HOTLINE.refuses(m.StartLeave(person="li", until=DAY_ONE), "due_in_past")


@pytest.mark.requirement("H-07")
def test_a_leave_is_ended_by_hand_and_the_next_one_has_another_number() -> None:
    back = AWAY.at(DAY_ONE + timedelta(days=1)).accepts(
        m.EndLeave(person="li"), m.LeaveEnded(plan="L1", person="li", at=DAY_ONE + timedelta(days=1))
    )
    assert back.department.is_present("li")
    back.refuses(m.EndLeave(person="li"), "not_on_leave", person="li")
    assert back.after(m.StartLeave(person="li")).department.leaves["li"].plan == "L2"


@pytest.mark.requirement("H-07")
def test_a_leave_ends_at_its_time_whoever_looks_next_and_however_late() -> None:
    late = AWAY.at(FRIDAY + timedelta(hours=7))
    late.accepts(m.CheckLeaves(), m.LeaveEnded(plan="L1", person="li", at=FRIDAY), by=SYSTEM)
    ended, started = late.decide(m.StartLeave(person="wang", substitute="li"))
    assert ended == m.LeaveEnded(plan="L1", person="li", at=FRIDAY)
    assert ended.instant == FRIDAY
    assert isinstance(started, m.LeaveStarted)
    AWAY.at(FRIDAY - timedelta(seconds=1)).accepts(m.CheckLeaves(), by=SYSTEM)


@pytest.mark.requirement("H-07")
def test_leaves_that_are_over_end_in_the_order_of_their_instants() -> None:
    both = AWAY.after(m.StartLeave(person="wang", until=DAY_ONE + timedelta(days=1)))
    ended = DEPARTMENT.overdue(both.department, FRIDAY)
    assert ended == [
        m.LeaveEnded(plan="L2", person="wang", at=DAY_ONE + timedelta(days=1)),
        m.LeaveEnded(plan="L1", person="li", at=FRIDAY),
    ]
    assert DEPARTMENT.overdue(HOTLINE.after(m.StartLeave(person="li")).department, FRIDAY) == []


@pytest.mark.requirement("H-07")
def test_a_desk_fails_and_is_restored() -> None:
    failed = HOTLINE.accepts(
        m.FailDesk(to_department="online", to_person="gu", reason="no power"),
        m.DeskFailed(plan="D1", to_department="online", to_person="gu", reason="no power", at=DAY_ONE),
    )
    assert not failed.department.is_present("wang")
    failed.refuses(m.FailDesk(reason="again"), "desk_failed_already", plan="D1")
    restored = failed.accepts(m.RestoreDesk(), m.DeskRestored(plan="D1", at=DAY_ONE))
    assert restored.department.is_present("wang")
    restored.refuses(m.RestoreDesk(), "desk_not_failed")
    HOTLINE.refuses(m.FailDesk(to_department="hotline", reason="x"), "same_department", department="hotline")
    HOTLINE.refuses(m.FailDesk(to_person="gu", reason="x"), "field_missing", field="to_department")
    HOTLINE.refuses(m.FailDesk(reason=""), "field_missing", field="reason")


@pytest.mark.requirement("H-07")
def test_who_leaves_the_department_is_remembered_so_that_their_cases_move() -> None:
    left = AWAY.accepts(m.RemoveMember(person="li"), m.MemberRemoved(plan="R1", person="li"))
    assert left.department.former == {"li": "R1"}
    assert not left.department.leaves
    left.refuses(m.RemoveMember(person="li"), "not_a_member", person="li")
    assert not left.after(m.AddMember(person="li")).department.former


@pytest.mark.requirement("H-07")
def test_cases_without_a_substitute_are_reported_once_until_somebody_is_found() -> None:
    report = m.ReportSubstituteMissing(plan="L1", cases=("C-1", "C-2"))
    missing = AWAY.accepts(report, m.SubstituteMissing(plan="L1", cases=("C-1", "C-2")), by=SYSTEM)
    assert missing.department.without_substitute == {"L1": ("C-1", "C-2")}
    missing.accepts(report, by=SYSTEM)
    found = missing.accepts(m.ReportSubstituteMissing(plan="L1", cases=()), m.SubstituteFound(plan="L1"), by=SYSTEM)
    assert not found.department.without_substitute
    assert not missing.after(m.EndLeave(person="li")).department.without_substitute


@pytest.mark.requirement("H-07")
def test_a_drill_is_recorded_with_its_counts_which_must_add_up() -> None:
    moves = (m.DrillMove(to="wang", department="hotline", cases=2),)
    held = m.DrillHeld(person="li", cases=3, moved_to=moves, without_substitute=1)
    then = HOTLINE.accepts(m.HoldDrill(person="li", cases=3, moved_to=moves, without_substitute=1), held)
    assert then.department.drills == 1
    assert then.department.is_present("li")
    HOTLINE.refuses(m.HoldDrill(cases=3, moved_to=moves), "drill_does_not_add_up", cases=3, moved=2, without=0)
    HOTLINE.refuses(m.HoldDrill(cases=1, moved_to=moves, without_substitute=-1), "drill_does_not_add_up")
    HOTLINE.refuses(m.HoldDrill(person="sun", cases=0), "not_a_member", person="sun")


def test_every_word_of_departments_says_in_one_sentence_what_it_means() -> None:
    for message in (*COMMANDS.values(), *EVENTS.values()):
        assert re.search(r"[.)]\.?$", sentence_of(message))
        assert len(sentence_of(message)) > 15
