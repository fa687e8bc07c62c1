"""Leave, failed desks and their substitutes: where each open case goes, when it comes back, and what a drill shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest

import policies
from domain import commands as c
from domain import department_messages as m
from domain import events as e
from domain.contingency import Back, Contingency, Held, Nobody, Out, drill, held
from domain.refusal import Refused
from domain.rules import AssignmentRule
from domain.words import Stage
from tests.domain.departments import Desk, desk, rosters
from tests.domain.story import CHEN, DAY_ONE, LI, SYSTEM, WANG, Story, assigned, closed, investigating, received

LAMPS = AssignmentRule(name="lamps", department="after-sales", skill="lamps", categories=("product",))
SHEET = replace(policies.load()["complaint"], substitutes={"after-sales": "hotline"})
AFTER_SALES = desk("after-sales", wang="lamps", sun="lamps", gu="phones")
HOTLINE = desk("hotline", zhou="lamps", qian="")
WANG_AWAY = AFTER_SALES.after(m.StartLeave(person="wang"))


def seen(told: Story, sheet: object = SHEET) -> Held:
    """The case of the story, as plans see it."""
    found = held(told.case_id, told.case, sheet)  # type: ignore[arg-type]
    assert found is not None
    return found


def step(told: Story, *desks: Desk, load: Mapping[str, int] | None = None, sheet: object = SHEET) -> object:
    """What the plans of these departments want done with the case."""
    return Contingency(rosters(*desks), Counter(load or {})).step(seen(told, sheet))


def carried_out(told: Story, *desks: Desk) -> Story:
    """The case after its plan was carried out."""
    match step(told, *desks):
        case Out(person=person, to=to, department=department, plan=plan):
            return told.after(c.MoveToSubstitute(person=person, to=to, department=department, plan=plan), by=SYSTEM)
        case Back(plan=plan):
            return told.after(c.MoveBack(plan=plan), by=SYSTEM)
        case _:
            return told


OUT = Out("C-2026-000001", "wang", "sun", "after-sales", "after-sales/L1")


# ── Who takes it ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("H-07")
def test_a_case_in_good_hands_stays() -> None:
    assert step(investigating(), AFTER_SALES, HOTLINE) is None
    assert step(investigating(), HOTLINE) is None
    assert held("C-1", closed().case, SHEET) is None


@pytest.mark.requirement("H-07")
def test_the_substitute_who_was_named_takes_it() -> None:
    named = AFTER_SALES.after(m.StartLeave(person="wang", substitute="gu"))
    assert step(investigating(), named, load={"gu": 50}) == replace(OUT, to="gu")


@pytest.mark.requirement("H-07")
def test_otherwise_the_least_loaded_who_shares_a_skill_takes_it() -> None:
    assert step(investigating(), WANG_AWAY) == OUT
    four = desk("after-sales", wang="lamps", sun="lamps", gu="phones", ma="lamps").after(m.StartLeave(person="wang"))
    assert step(investigating(), four, load={"sun": 2, "ma": 1}) == replace(OUT, to="ma")


@pytest.mark.requirement("H-07", "H-02")
def test_where_a_rule_of_assignment_names_the_skill_that_skill_counts() -> None:
    phones = replace(SHEET, assignment=(replace(LAMPS, skill="phones"),))
    assert step(investigating(), WANG_AWAY, sheet=phones) == replace(OUT, to="gu")


@pytest.mark.requirement("H-07")
def test_work_is_spread_over_those_who_can_take_it() -> None:
    four = desk("after-sales", wang="lamps", sun="lamps", ma="lamps").after(m.StartLeave(person="wang"))
    plan = Contingency(rosters(four))
    cases = [replace(seen(investigating()), case=f"C-{number}") for number in range(6)]
    taken = Counter(found.to for case in cases if isinstance(found := plan.step(case), Out))
    assert taken == {"sun": 3, "ma": 3}


@pytest.mark.requirement("H-07")
def test_when_nobody_of_the_department_can_the_sheets_substitute_department_does() -> None:
    alone = desk("after-sales", wang="lamps", gu="phones").after(m.StartLeave(person="wang"))
    expected = replace(OUT, to="qian", department="hotline")
    assert step(investigating(), alone, HOTLINE, load={"zhou": 1}) == expected
    by_skill = replace(SHEET, assignment=(LAMPS,))
    assert step(investigating(), alone, HOTLINE, load={"zhou": 1}, sheet=by_skill) == replace(expected, to="zhou")


@pytest.mark.requirement("H-07", "H-03")
def test_when_nobody_can_take_it_it_is_not_moved_and_that_is_said() -> None:
    alone = desk("after-sales", wang="lamps").after(m.StartLeave(person="wang"))
    nobody = Nobody("C-2026-000001", "wang", "after-sales/L1")
    assert step(investigating(), alone) == nobody
    closed_too = HOTLINE.after(m.FailDesk(to_department="after-sales", reason="no power"))
    assert step(investigating(), alone, closed_too) == nobody


@pytest.mark.requirement("H-07")
def test_a_failed_desk_sends_its_cases_where_it_was_said() -> None:
    to_person = AFTER_SALES.after(m.FailDesk(to_department="online", to_person="xu", reason="fire"))
    out = Out("C-2026-000001", "wang", "xu", "online", "after-sales/D1")
    assert step(investigating(), to_person) == out
    online = desk("online", xu="", han="").after(m.StartLeave(person="xu"))
    assert step(investigating(), to_person, online) == replace(out, to="han")
    by_plan = AFTER_SALES.after(m.FailDesk(reason="fire"))
    assert step(investigating(), by_plan, HOTLINE) == replace(out, to="qian", department="hotline")


@pytest.mark.requirement("H-07")
def test_a_failed_desk_also_moves_the_cases_of_those_who_are_in_no_list_of_members() -> None:
    failed = desk("after-sales", gu="").after(m.FailDesk(reason="fire"))
    assert step(investigating(), failed, HOTLINE) == Out("C-2026-000001", "wang", "qian", "hotline", "after-sales/D1")


@pytest.mark.requirement("H-07")
def test_who_has_another_desk_is_still_at_work_when_one_fails() -> None:
    failed = AFTER_SALES.after(m.FailDesk(reason="fire"))
    assert step(investigating(), failed, desk("hotline", wang="")) is None


@pytest.mark.requirement("H-07")
def test_who_left_the_department_has_a_substitute_too() -> None:
    left = AFTER_SALES.after(m.RemoveMember(person="wang"))
    assert step(investigating(), left) == replace(OUT, to="gu", plan="after-sales/R1")
    assert step(investigating(), left, desk("online", wang="")) is None


# ── What becomes of the case ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("H-07")
def test_the_substitute_has_it_without_being_asked_and_is_told() -> None:
    move = c.MoveToSubstitute(person="wang", to="sun", department="after-sales", plan="after-sales/L1")
    moved = e.MovedToSubstitute(
        giver="wang", giver_department="after-sales", to="sun", department="after-sales", plan="after-sales/L1"
    )
    then = investigating().accepts(move, moved, by=SYSTEM)
    assert then.case.responsible == "sun"
    assert then.named(e.NoticeRequested)[0].to == "sun"
    assert then.case.hand_overs == 0
    investigating().refuses(move, "only_the_system", by=CHEN)
    closed().refuses(move, "case_closed", by=SYSTEM)
    investigating().refuses(replace(move, to="wang"), "nothing_changes", by=SYSTEM)


@pytest.mark.requirement("H-07")
def test_when_the_leave_is_over_it_comes_back() -> None:
    away = carried_out(investigating(), WANG_AWAY)
    assert away.case.responsible == "sun"
    assert carried_out(away, WANG_AWAY) == away
    back = carried_out(away, WANG_AWAY.after(m.EndLeave(person="wang")))
    assert back.case.responsible == "wang"
    assert back.case.substitution is None
    assert back.accepts(c.MoveBack(plan="after-sales/L1"), by=SYSTEM).events == []
    away.refuses(c.MoveBack(plan="after-sales/L1"), "only_the_system", by=CHEN)


@pytest.mark.requirement("H-07")
def test_several_absences_at_once_and_the_case_still_finds_its_way_home() -> None:
    two = WANG_AWAY.after(m.StartLeave(person="sun", substitute="gu"))
    with_sun = carried_out(investigating(), WANG_AWAY)
    with_gu = carried_out(with_sun, two)
    assert with_gu.case.responsible == "gu"
    sun_back = two.after(m.EndLeave(person="sun"))
    assert carried_out(with_gu, sun_back) == with_gu, "its own person is still away"
    assert carried_out(with_gu, sun_back.after(m.EndLeave(person="wang"))).case.responsible == "wang"


@pytest.mark.requirement("H-07")
def test_who_is_back_while_their_desk_has_failed_gets_it_when_the_desk_is_restored() -> None:
    away = carried_out(investigating(), WANG_AWAY)
    failed = WANG_AWAY.after(m.FailDesk(reason="fire"))
    away = carried_out(away, failed, HOTLINE)
    assert away.case.responsible == "qian"
    back = failed.after(m.EndLeave(person="wang"))
    assert carried_out(away, back, HOTLINE) == away
    assert carried_out(away, back.after(m.RestoreDesk()), HOTLINE).case.responsible == "wang"


@pytest.mark.requirement("H-07", "H-03")
def test_what_people_handed_on_meanwhile_stays_where_it_is() -> None:
    handed_on = carried_out(investigating(), WANG_AWAY).after(
        c.OfferHandOver(to="li", department="hotline", reason="knows the customer"), by=CHEN
    )
    handed_on = handed_on.after(c.AcceptHandOver(), by=LI)
    home = WANG_AWAY.after(m.EndLeave(person="wang"))
    assert step(handed_on, home) is None
    assert handed_on.accepts(c.MoveBack(plan="after-sales/L1"), by=SYSTEM).events == []


@pytest.mark.requirement("H-07", "H-03")
def test_what_was_only_offered_to_somebody_who_is_away_is_offered_to_the_substitute() -> None:
    then = carried_out(assigned(), WANG_AWAY)
    assert then.case.assignment is not None
    assert then.case.assignment.to == "sun"
    assert then.case.responsible == LI.id, "who gave it answers for it until it is accepted"
    assert then.case.stage is Stage.RECEIVE
    then.refuses(c.AcceptAssignment(), "offered_to_another", by=WANG)
    offered = investigating().after(c.OfferHandOver(to="gu", department="after-sales", reason="phones"), by=WANG)
    gu_away = AFTER_SALES.after(m.StartLeave(person="gu", substitute="sun"))
    then = carried_out(offered, gu_away)
    assert then.case.hand_over is not None
    assert (then.case.hand_over.to, then.case.hand_over.giver) == ("sun", "wang")
    assert then.case.responsible == "wang"


@pytest.mark.requirement("H-07", "H-03")
def test_an_offer_on_its_way_stays_on_its_way_when_its_giver_goes() -> None:
    offered = investigating().after(c.OfferHandOver(to="gu", department="after-sales", reason="phones"), by=WANG)
    then = carried_out(offered, WANG_AWAY)
    assert then.case.responsible == "sun"
    taken = then.after(c.AcceptHandOver(), by=replace(WANG, id="gu"))
    assert taken.case.responsible == "gu"
    assert taken.case.substitution is None


@pytest.mark.requirement("H-07", "H-03")
def test_a_case_that_nobody_was_assigned_is_answered_for_by_the_substitute_and_still_to_be_assigned() -> None:
    away = desk("customer-service", li="", zhao="").after(m.StartLeave(person="li"))
    then = carried_out(received(), away)
    assert then.case.responsible == "zhao"
    assert then.case.stage is Stage.RECEIVE
    assert carried_out(then, away.after(m.EndLeave(person="li"))).case.responsible == "li"
    taken = then.after(
        c.ClassifyCase(category="product"), c.AssignCase(to="wang", department="after-sales"), by=CHEN
    ).after(c.AcceptAssignment(), by=WANG)
    assert (taken.case.responsible, taken.case.substitution) == ("wang", None)


@pytest.mark.requirement("H-04", "H-07")
def test_going_to_a_substitute_and_back_is_no_passing_to_and_fro() -> None:
    failed = AFTER_SALES.after(m.FailDesk(reason="fire"))
    there_and_back = carried_out(carried_out(investigating(), failed, HOTLINE), AFTER_SALES, HOTLINE)
    names = [type(event).__name__ for event in there_and_back.events]
    assert (names.count("MovedToSubstitute"), names.count("MovedBack")) == (1, 1)
    assert "PingPongFlagged" not in names
    assert there_and_back.case.held_by == investigating().case.held_by


# ── Drills ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("H-07")
def test_a_drill_plays_the_leave_of_one_person_or_the_failure_of_the_desk() -> None:
    cases = [replace(seen(investigating()), case="C-1"), replace(seen(investigating()), case="C-2", person="gu")]
    known = rosters(AFTER_SALES, HOTLINE)
    assert drill("after-sales", "wang", cases, known, {}, DAY_ONE) == [
        Out("C-1", "wang", "sun", "after-sales", "after-sales/drill")
    ]
    assert drill("after-sales", "gu", cases, known, {}, DAY_ONE) == [
        Out("C-2", "gu", "qian", "hotline", "after-sales/drill")
    ]
    failed = drill("after-sales", "", cases, known, {"qian": 1}, DAY_ONE)
    assert [found.to for found in failed if isinstance(found, Out)] == ["zhou", "qian"]
    nobody = drill("after-sales", "", cases, rosters(AFTER_SALES), {}, DAY_ONE)
    assert [type(found) for found in nobody] == [Nobody, Nobody]


def test_a_plan_is_unique_over_departments() -> None:
    one = rosters(WANG_AWAY).absence_of("wang")
    other = rosters(desk("online", wang="").after(m.StartLeave(person="wang"))).absence_of("wang")
    assert one is not None
    assert other is not None
    assert (one.plan, other.plan) == ("after-sales/L1", "online/L1")


def test_a_move_needs_its_words() -> None:
    with pytest.raises(Refused, match="plan must be given"):
        investigating().decide(c.MoveToSubstitute(person="wang", to="sun", department="x", plan=""), by=SYSTEM)
