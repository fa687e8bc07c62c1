"""Who should have a case: by its nature, department, skill and load; what is urgent goes first."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

import policies
from domain import commands as c
from domain import department_messages as m
from domain import events as e
from domain.assignment import URGENCY_FIRST, Candidate, LeftOut, candidates, chosen, load_of, rule_for
from domain.refusal import Refused
from domain.rules import AssignmentRule
from domain.words import Complexity, NoticeKind, Urgency
from tests.domain.departments import Desk, desk, rosters
from tests.domain.story import CHEN, LI, WANG, received

RULES = (
    AssignmentRule(name="danger", department="safety", urgencies=("safety",)),
    AssignmentRule(name="hard", department="after-sales", skill="expert", complexities=("complex", "major")),
    AssignmentRule(name="damage", department="after-sales", skill="lamps", categories=("product/damage",)),
    AssignmentRule(name="product", department="after-sales", categories=("product",)),
)
SHEET = replace(policies.load()["complaint"], assignment=RULES, substitutes={"after-sales": "hotline"})


@dataclass(frozen=True)
class Matter:
    """What a rule looks at."""

    category: str = "product"
    subcategory: str = ""
    urgency: Urgency = Urgency.ORDINARY
    complexity: Complexity = Complexity.ORDINARY


AFTER_SALES = desk("after-sales", wang="lamps", sun="lamps", gu="phones, expert")
HOTLINE = desk("hotline", li="")


def persons(ranked: list[Candidate]) -> list[str]:
    """Those who may have it, the best first."""
    return [candidate.person for candidate in ranked if candidate.left_out is None]


@pytest.mark.requirement("H-02")
@pytest.mark.parametrize(
    ("case", "rule"),
    [
        (Matter(), "product"),
        (Matter(subcategory="damage"), "damage"),
        (Matter(subcategory="damage", complexity=Complexity.MAJOR), "hard"),
        (Matter("billing", urgency=Urgency.SAFETY, complexity=Complexity.MAJOR), "danger"),
    ],
)
def test_the_first_rule_that_fits_nature_urgency_and_complexity_is_taken(case: Matter, rule: str) -> None:
    found = rule_for(case, SHEET)
    assert found is not None
    assert found.name == rule


@pytest.mark.requirement("H-02")
def test_a_case_that_no_rule_fits_is_assigned_by_hand() -> None:
    with pytest.raises(Refused, match="by hand") as refused:
        candidates(Matter("billing"), SHEET, rosters(AFTER_SALES), {})
    assert refused.value.code == "no_assignment_rule"


@pytest.mark.requirement("H-02")
def test_the_skill_is_asked_for_and_the_least_load_goes_first() -> None:
    ranked = candidates(Matter(subcategory="damage"), SHEET, rosters(AFTER_SALES), {"wang": 3, "sun": 2})
    assert ranked == [
        Candidate("sun", "after-sales", "damage", "lamps", 2),
        Candidate("wang", "after-sales", "damage", "lamps", 3),
        Candidate("gu", "after-sales", "damage", "lamps", 0, LeftOut.SKILL),
    ]
    assert chosen(ranked, "after-sales").person == "sun"


@pytest.mark.requirement("H-02")
def test_an_urgent_case_weighs_double() -> None:
    load = load_of(
        [("wang", Urgency.ORDINARY), ("wang", Urgency.ORDINARY), ("sun", Urgency.URGENT), ("sun", Urgency.SAFETY)]
    )
    assert load == {"wang": 2, "sun": 4}
    assert persons(candidates(Matter(subcategory="damage"), SHEET, rosters(AFTER_SALES), load)) == ["wang", "sun"]


@pytest.mark.requirement("H-02", "H-07")
def test_who_is_away_or_sent_the_case_back_is_left_out_and_told_why() -> None:
    away = AFTER_SALES.after(m.StartLeave(person="sun"))
    ranked = candidates(Matter(), SHEET, rosters(away), {}, refused={"gu"})
    assert persons(ranked) == ["wang"]
    assert {candidate.person: candidate.left_out for candidate in ranked[1:]} == {
        "gu": LeftOut.REFUSED,
        "sun": LeftOut.AWAY,
    }


@pytest.mark.requirement("H-02", "H-07")
def test_when_nobody_of_the_department_can_its_substitutes_members_are_asked() -> None:
    closed = AFTER_SALES.after(m.FailDesk(reason="no power"))
    assert persons(candidates(Matter(), SHEET, rosters(closed, HOTLINE), {})) == ["li"]
    elsewhere = AFTER_SALES.after(m.FailDesk(to_department="online", reason="no power"))
    online = desk("online", zhou="")
    assert persons(candidates(Matter(), SHEET, rosters(elsewhere, HOTLINE, online), {})) == ["zhou"]


@pytest.mark.requirement("H-02", "H-03")
def test_when_nobody_can_at_all_a_sentence_says_so() -> None:
    with pytest.raises(Refused) as refused:
        chosen(candidates(Matter(), SHEET, rosters(Desk("after-sales")), {}), "after-sales")
    assert refused.value == Refused("nobody_to_assign", department="after-sales")


@pytest.mark.requirement("H-02", "C-09")
def test_what_is_most_urgent_is_given_out_first() -> None:
    assert sorted(Urgency, key=URGENCY_FIRST.__getitem__) == [Urgency.SAFETY, Urgency.URGENT, Urgency.ORDINARY]


@pytest.mark.requirement("H-02")
def test_the_person_is_told_at_once_and_the_rule_is_written_down() -> None:
    assign = c.AssignCase(to="wang", department="after-sales", rule="damage")
    then = received().accepts(assign, by=CHEN)
    assert then.named(e.CaseAssigned)[0].rule == "damage"
    (told,) = (notice for notice in then.named(e.NoticeRequested) if notice.kind is NoticeKind.HAND_OVER)
    assert (told.to, told.not_before) == ("wang", then.story.now)


@pytest.mark.requirement("H-03")
def test_until_it_is_accepted_the_giver_answers_for_it() -> None:
    offered = received().after(c.AssignCase(to="wang", department="after-sales"), by=CHEN)
    assert offered.case.responsible == LI.id
    assert offered.after(c.RefuseAssignment(reason="not mine"), by=WANG).case.responsible == LI.id
    assert offered.after(c.AcceptAssignment(), by=WANG).case.responsible == WANG.id
