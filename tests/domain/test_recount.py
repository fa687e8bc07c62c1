"""Deadlines that reach into a year nobody has announced yet: provisional, then counted anew, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.calendars import Calendar
from domain.rules import ClockRule
from policies.calendar_files import load_calendars
from tests.domain.story import COMPLAINT, LI, SYSTEM, Story

ANSWER = ClockRule(
    name="answer", starts=("CaseReceived",), stops=("SatisfactionConfirmed",), limit={"ordinary": "5wd"}, calendar="cn"
)
SHEET = replace(policies.load()["complaint"], version="recount", clocks=(ANSWER,))
NEW_YEAR = datetime(2026, 12, 30, 2, tzinfo=UTC)
"""Wednesday, ten o'clock in Shanghai. Provisionally only the Friday after it is off."""


def january(day: int) -> datetime:
    """Ten o'clock in Shanghai."""
    return datetime(2027, 1, day, 2, tzinfo=UTC)


def announced(*, off: tuple[str, ...] = (), make_up: tuple[str, ...] = (), version: str = "2027") -> Calendar:
    """China's calendar after a made-up notice for 2027."""
    data = load_calendars()["cn"].to_data()
    days = {day: {"off": True, "name": {"en": "New Year's Day", "zh": "元旦"}} for day in off}
    days |= {day: {"off": False, "name": {"en": "New Year's Day", "zh": "元旦"}} for day in make_up}
    years = data["years"] | {"2027": {"status": "announced", "source": "a made-up notice", "published": "2026-12-31"}}
    return Calendar.from_data(data | {"version": version, "years": years, "days": data["days"] | days})


def received() -> Story:
    """A complaint of the last days of a year, with an answer due in the next."""
    return replace(Story(SHEET), now=NEW_YEAR).after(COMPLAINT)


def under(story: Story, calendar: Calendar) -> Story:
    """The same case after this calendar came into force."""
    return replace(story, shelf=story.shelf.with_calendar(calendar))


RECOMPUTE = c.RecomputeDeadlines(calendar="cn")


@pytest.mark.requirement("T-07")
def test_a_deadline_in_a_year_that_is_not_announced_is_provisional() -> None:
    clock = received().case.clocks["answer"]
    assert clock.due == january(7)
    assert clock.provisional


@pytest.mark.requirement("T-07")
def test_a_notice_that_takes_a_working_day_moves_the_deadline() -> None:
    story = under(received(), announced(off=("2027-01-04",)))
    (moved,) = story.accepts(RECOMPUTE, by=SYSTEM).events
    assert isinstance(moved, e.DeadlineMoved)
    assert (moved.cause, moved.before, moved.due) == ("calendar", january(7), january(8))
    assert not moved.provisional
    assert moved.calendar is not None
    assert moved.calendar.version == "2027"
    assert [step.at for step in moved.steps] == [datetime(2027, 1, 7, 2, tzinfo=UTC)]


@pytest.mark.requirement("T-07")
def test_a_make_up_day_brings_the_deadline_forward() -> None:
    story = under(received(), announced(make_up=("2027-01-03",)))
    assert story.accepts(RECOMPUTE, by=SYSTEM).case.clocks["answer"].due == january(6)


@pytest.mark.requirement("T-07")
def test_a_notice_that_changes_no_day_makes_the_deadline_certain() -> None:
    then = under(received(), announced()).accepts(RECOMPUTE, by=SYSTEM)
    (moved,) = then.named(e.DeadlineMoved)
    assert moved.due == moved.before
    assert not then.case.clocks["answer"].provisional


@pytest.mark.requirement("T-07")
def test_asked_again_nothing_moves() -> None:
    story = under(received(), announced(off=("2027-01-04",))).after(RECOMPUTE, by=SYSTEM)
    assert story.accepts(RECOMPUTE, by=SYSTEM).events == []


@pytest.mark.requirement("T-07")
def test_a_calendar_that_no_clock_counts_on_moves_nothing() -> None:
    story = under(received(), announced(off=("2027-01-04",)))
    assert story.accepts(c.RecomputeDeadlines(calendar="uk"), by=SYSTEM).events == []


@pytest.mark.requirement("T-07", "T-11")
def test_a_limit_that_had_passed_has_not_when_the_new_deadline_lies_ahead() -> None:
    late = replace(received(), now=january(7).replace(hour=5)).after(c.CheckClocks(), by=SYSTEM)
    assert late.case.clocks["answer"].breached
    then = under(late, announced(off=("2027-01-04",))).accepts(RECOMPUTE, by=SYSTEM)
    assert then.named(e.BreachCorrected) == [e.BreachCorrected(clock="answer", at=late.now)]
    assert then.case.clocks["answer"].due == january(8)
    assert then.case.clocks["answer"].running


@pytest.mark.requirement("T-07")
def test_a_deadline_that_would_turn_out_to_have_passed_is_due_now() -> None:
    waited = replace(received(), now=january(6).replace(hour=9))
    then = under(waited, announced(make_up=("2027-01-03",))).accepts(RECOMPUTE, by=SYSTEM)
    assert then.case.clocks["answer"].due == waited.now
    assert not then.named(e.ClockBreached)


@pytest.mark.requirement("T-07")
def test_a_case_that_is_over_or_not_there_has_no_deadlines_to_count() -> None:
    story = under(received(), announced(off=("2027-01-04",))).after(c.WithdrawCase(reason="found it"))
    assert story.accepts(RECOMPUTE, by=SYSTEM).events == []
    Story(SHEET).refuses(RECOMPUTE, "not_received", by=SYSTEM)
    received().refuses(RECOMPUTE, "only_the_system", by=LI)
