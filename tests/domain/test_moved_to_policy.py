"""A running case keeps the policy of its first day, unless somebody moves it and says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.policy import Sheet
from domain.rules import ClockRule
from domain.words import Channel
from tests.domain.story import CHEN, COMPLAINT, DAY_ONE, SYSTEM, WANG, Story


def clock(name: str, limit: str, *, starts: str = "CaseReceived", stops: str = "SatisfactionConfirmed") -> ClockRule:
    return ClockRule(name=name, starts=(starts,), stops=(stops,), limit={"ordinary": limit})


def version(name: str, *clocks: ClockRule) -> Sheet:
    return replace(policies.load()["complaint"], version=name, clocks=clocks)


OLD = version("1", clock("solution", "5d"), clock("answer", "3d"))
NEW = version(
    "2",
    clock("solution", "2d"),
    clock("first_word", "8h", stops="ReceiptAcknowledged"),
    clock("contact", "8h", stops="CustomerContacted"),
)
MOVE = c.MoveToPolicy(version="2", reason="the customer asked for it")


def received() -> Story:
    """A complaint of the old version, after the new one came into force."""
    story = Story(OLD).after(COMPLAINT)
    return replace(story, sheet=NEW, shelf=story.shelf.with_sheets([OLD]), now=DAY_ONE + timedelta(hours=1))


@pytest.mark.requirement("P-02")
def test_a_new_version_moves_no_deadline_of_a_running_case() -> None:
    story = received().after(c.AddNote(text="still here"), by=WANG)
    assert {name: clock.due for name, clock in story.case.clocks.items()} == {
        "solution": DAY_ONE + timedelta(days=5),
        "answer": DAY_ONE + timedelta(days=3),
    }
    assert not [event for event in story.events if isinstance(event, e.DeadlineMoved)]
    assert "first_word" in replace(Story(NEW)).after(COMPLAINT).case.clocks


@pytest.mark.requirement("P-02")
def test_who_moves_a_case_says_why_and_its_limits_are_counted_anew() -> None:
    then = received().accepts(MOVE, by=CHEN)
    moved = then.events[0]
    assert isinstance(moved, e.CaseMovedToPolicy)
    assert (moved.before.version, moved.sheet.version, moved.reason) == ("1", "2", "the customer asked for it")
    (solution,) = then.named(e.DeadlineMoved)
    assert (solution.clock, solution.cause) == ("solution", "policy")
    assert (solution.before, solution.due) == (DAY_ONE + timedelta(days=5), DAY_ONE + timedelta(days=2))


@pytest.mark.requirement("P-02")
def test_limits_that_the_new_version_does_not_have_lapse_and_those_it_adds_run_from_receipt() -> None:
    then = received().accepts(MOVE, by=CHEN)
    assert [lapsed.clock for lapsed in then.named(e.ClockLapsed)] == ["answer"]
    started = {event.clock: (event.started_at, event.due) for event in then.named(e.ClockStarted)}
    eight_hours = (DAY_ONE, DAY_ONE + timedelta(hours=8))
    assert started == {"first_word": eight_hours, "contact": eight_hours}


@pytest.mark.requirement("P-02")
def test_a_limit_that_it_adds_and_that_is_met_already_does_not_run() -> None:
    told = received().after(c.ContactCustomer(channel=Channel.HOTLINE), by=WANG)
    then = told.accepts(MOVE, by=CHEN)
    assert [event.clock for event in then.named(e.ClockStarted)] == ["first_word"]


@pytest.mark.requirement("P-02", "T-11")
def test_a_limit_that_passed_under_the_old_version_stays_passed() -> None:
    late = replace(received(), now=DAY_ONE + timedelta(days=6)).after(c.CheckClocks(), by=SYSTEM)
    then = late.accepts(MOVE, by=CHEN)
    assert then.case.clocks["solution"].breached
    assert not then.named(e.BreachCorrected)


@pytest.mark.requirement("P-02")
def test_from_then_on_the_new_version_holds() -> None:
    story = received().after(MOVE, by=CHEN)
    assert story.case.sheet == NEW.digest
    story.refuses(MOVE, "nothing_changes", by=CHEN)
    assert story.accepts(replace(MOVE, version="1"), by=CHEN).case.sheet == OLD.digest


@pytest.mark.requirement("P-02")
def test_only_to_a_version_that_was_in_force_and_only_with_a_reason() -> None:
    received().refuses(replace(MOVE, version="3"), "unknown_policy_version", by=CHEN, version="3", kind="complaint")
    received().refuses(replace(MOVE, reason=" "), "field_missing", by=CHEN, field="reason")
