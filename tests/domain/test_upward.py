"""Reports upward: complex and urgent cases are brought to those who can give more to them, each role once."""

from __future__ import annotations

from dataclasses import replace

import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.rules import UpwardRule
from domain.words import Complexity, NoticeKind, Urgency
from tests.domain.story import CHEN, COMPLAINT, WANG, Story, closed, received, story

UPWARD = {
    "urgent": UpwardRule(tell=("lead",)),
    "safety": UpwardRule(tell=("lead", "management")),
    "complex": UpwardRule(tell=("lead", "department_head")),
    "major": UpwardRule(tell=("department_head",), support=("technical_support",)),
}
STORY = Story(replace(policies.load()["complaint"], upward=UPWARD))


def reported(events: list[e.CaseReportedUpward]) -> list[tuple[str, bool]]:
    """To whom, and whether they are asked to help."""
    return [(event.to, event.support) for event in events]


@pytest.mark.requirement("H-06")
def test_an_ordinary_case_is_reported_to_nobody() -> None:
    assert STORY.accepts(COMPLAINT).named(e.CaseReportedUpward) == []


@pytest.mark.requirement("H-06")
def test_a_major_case_is_reported_at_once_and_technical_support_is_asked_to_help() -> None:
    then = STORY.accepts(replace(COMPLAINT, complexity=Complexity.MAJOR))
    assert reported(then.named(e.CaseReportedUpward)) == [("department_head", False), ("technical_support", True)]
    notices = [notice for notice in then.named(e.NoticeRequested) if notice.kind is NoticeKind.REPORTED_UPWARD]
    assert [notice.to for notice in notices] == [
        "department_head@customer-service",
        "technical_support@customer-service",
    ]
    assert len({notice.notice for notice in then.named(e.NoticeRequested)}) == len(then.named(e.NoticeRequested))


@pytest.mark.requirement("H-06")
def test_a_case_that_is_urgent_and_complex_is_reported_to_each_role_once() -> None:
    both = replace(COMPLAINT, urgency=Urgency.URGENT, complexity=Complexity.COMPLEX)
    then = STORY.accepts(both)
    assert reported(then.named(e.CaseReportedUpward)) == [("lead", False), ("department_head", False)]


@pytest.mark.requirement("H-06")
def test_who_is_told_and_asked_to_help_is_asked_to_help() -> None:
    rule = UpwardRule(tell=("expert",), support=("expert",))
    told = Story(replace(STORY.sheet, upward={"complex": rule}))
    then = told.accepts(replace(COMPLAINT, complexity=Complexity.COMPLEX))
    assert reported(then.named(e.CaseReportedUpward)) == [("expert", True)]


@pytest.mark.requirement("H-06", "I-10")
def test_a_case_that_turns_out_to_be_complex_is_reported_then_and_not_again() -> None:
    told = STORY.after(COMPLAINT)
    then = told.accepts(c.SetComplexity(complexity=Complexity.COMPLEX, reason="three departments"))
    assert reported(then.named(e.CaseReportedUpward)) == [("lead", False), ("department_head", False)]
    more = then.story.accepts(c.SetUrgency(urgency=Urgency.SAFETY, reason="it smokes"))
    assert reported(more.named(e.CaseReportedUpward)) == [("management", False)]
    less = more.story.after(c.SetUrgency(urgency=Urgency.ORDINARY, reason="it does not"))
    again = less.accepts(c.SetUrgency(urgency=Urgency.URGENT, reason="it does"))
    assert again.named(e.CaseReportedUpward) == []


@pytest.mark.requirement("H-06")
def test_whoever_has_a_case_may_ask_for_more_resources_by_hand() -> None:
    then = received().accepts(
        c.ReportUpward(to="management", reason="needs a lawyer"),
        e.CaseReportedUpward(to="management", reason="needs a lawyer"),
        by=WANG,
    )
    (told,) = (notice for notice in then.named(e.NoticeRequested) if notice.kind is NoticeKind.REPORTED_UPWARD)
    assert told.to == "management@customer-service"
    then.story.refuses(c.ReportUpward(to="management", reason="again"), "nothing_changes", by=WANG)
    received().refuses(c.ReportUpward(to="boss", reason="x"), "unknown_role", role="boss")
    received().refuses(c.ReportUpward(to="management", reason=""), "field_missing", field="reason")
    closed().refuses(c.ReportUpward(to="management", reason="x"), "case_closed", by=CHEN)
    story("complaint").refuses(c.ReportUpward(to="management", reason="x"), "not_received")
