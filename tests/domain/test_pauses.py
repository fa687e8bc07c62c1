"""Pauses: time stands still only for listed reasons, for listed limits, and by exactly as much as it stood still."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.case import Case
from domain.clocks import next_check
from domain.policy import Sheet
from domain.progress import due
from domain.rules import ClockRule, CounterRule, Escalation, Family, PauseKind, PauseRule
from domain.words import Arrangement, Channel, Language, Urgency
from tests.domain.story import APPLICATION, CHEN, COMPLAINT, DAY_ONE, LI, SYSTEM, WANG, WU, Story

HOUSE = ClockRule(
    name="house",
    starts=("CaseReceived",),
    stops=("SatisfactionConfirmed",),
    limit={"ordinary": "16wh", "urgent": "4wh"},
    calendar="mon-fri",
    warn=(50,),
    escalate=(Escalation(after="0m", to="lead"), Escalation(after="2wh", to="department_head")),
)
STATUTE = ClockRule(
    name="statute",
    starts=("CaseReceived",),
    stops=("SatisfactionConfirmed",),
    limit={"ordinary": "7d"},
    family=Family.STATUTE,
)
CONTACT = ClockRule(
    name="contact", starts=("CaseAssigned",), stops=("CustomerContacted",), limit={"ordinary": "2h"}, warn=()
)
INSPECTION = PauseRule(kind=PauseKind.STATUTORY, clocks=("house", "statute", "contact"), source="Order 20 §20")
WAITING = PauseRule(kind=PauseKind.CONVENIENCE, clocks=("house",))
SHEET = replace(
    policies.load()["complaint"],
    version="pauses",
    clocks=(HOUSE, STATUTE, CONTACT),
    pauses={"inspection": INSPECTION, "waiting_for_customer": WAITING},
)

INSPECT = c.PauseClocks(reason="inspection", note="at the laboratory")
WAIT = c.PauseClocks(reason="waiting_for_customer")
RESUME = c.ResumeClocks(pause="P1")
WRITTEN = c.ReceiveMessage(channel=Channel.EMAIL, text="还没有消息吗？")


def at(day: int, clock: str) -> datetime:
    """An instant of November 2026; the 23rd is a Monday, the day on which all of this begins at nine."""
    hours, minutes = map(int, clock.split(":"))
    return DAY_ONE.replace(day=day, hour=hours, minute=minutes)


def until(story: Story, day: int, clock: str) -> Story:
    """The same case at an instant of November."""
    return replace(story, now=at(day, clock))


def received(sheet: Sheet = SHEET) -> Story:
    """A complaint, registered on Monday at nine."""
    return Story(sheet).after(COMPLAINT)


def dues(case: Case) -> dict[str, datetime]:
    return {name: clock.due for name, clock in case.clocks.items()}


# ── Reasons ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-09")
def test_time_stands_still_only_for_a_reason_that_the_sheet_lists() -> None:
    received().refuses(
        c.PauseClocks(reason="lunch"),
        "unknown_pause",
        reason="lunch",
        reasons="inspection, waiting_for_customer",
    )


@pytest.mark.requirement("T-09")
def test_a_reason_holds_time_once() -> None:
    received().after(INSPECT).refuses(INSPECT, "paused_already", pause="P1")
    assert received().after(INSPECT, RESUME).accepts(INSPECT).named(e.ClocksPaused)[0].pause == "P2"


def test_only_a_pause_that_lasts_can_be_ended() -> None:
    received().refuses(RESUME, "no_such_pause", pause="P1")
    received().after(INSPECT, RESUME).refuses(RESUME, "resumed_already", pause="P1")


@pytest.mark.requirement("T-09")
def test_statutory_and_convenience_pauses_stay_apart() -> None:
    story = until(received(), 23, "10:00").after(INSPECT, WAIT)
    kinds = {pause.reason: (pause.kind, pause.clocks) for pause in story.case.pauses.values()}
    assert kinds == {
        "inspection": (PauseKind.STATUTORY, ("house", "statute", "contact")),
        "waiting_for_customer": (PauseKind.CONVENIENCE, ("house",)),
    }


@pytest.mark.requirement("T-09", "T-08")
def test_a_convenience_pause_never_stops_a_limit_that_comes_from_law() -> None:
    story = until(received(), 23, "10:00").after(WAIT)
    assert story.case.clocks["house"].standing
    assert not story.case.clocks["statute"].standing
    breaches = story.later(days=30).accepts(c.CheckClocks(), by=SYSTEM).named(e.ClockBreached)
    assert breaches == [e.ClockBreached(clock="statute", due=at(30, "09:00"))]


# ── Standing still ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-09", "T-10")
def test_while_a_clock_stands_still_it_neither_warns_nor_passes() -> None:
    paused = until(received(), 23, "10:00").after(INSPECT)
    assert paused.later(days=300).accepts(c.CheckClocks(), by=SYSTEM).events == []
    assert next_check(paused.case) is None
    assert "check_clocks" not in {item.command for item in due(paused.case)}


@pytest.mark.requirement("T-09", "T-07")
def test_when_it_runs_again_the_deadline_is_later_by_the_working_time_that_it_stood_still() -> None:
    """16 working hours from Monday nine end on Tuesday at 17:00. It stands still on Monday from 13:00 (four hours), on
    Tuesday (eight) and on Wednesday until eleven (two): twelve hours are left then, six of them on Thursday."""
    assert dues(received().case) == {"house": at(24, "17:00"), "statute": at(30, "09:00")}
    paused = until(received(), 23, "13:00").after(INSPECT)
    then = until(paused, 25, "11:00").accepts(RESUME)
    moved = {move.clock: move for move in then.named(e.DeadlineMoved)}
    assert (moved["house"].before, moved["house"].due) == (at(24, "17:00"), at(26, "15:00"))
    assert moved["house"].cause == "resumed"
    warning, to_lead, to_head = moved["house"].steps
    assert warning == e.ClockStep(kind=e.StepKind.WARN, at=at(25, "15:00"), level=50)
    assert (to_lead.at, to_head.at) == (at(26, "15:00"), at(26, "17:00"))
    assert moved["statute"].due == at(30, "09:00") + timedelta(days=2)  # Tuesday and Wednesday do not count


@pytest.mark.requirement("T-09")
def test_a_pause_outside_of_working_time_changes_nothing() -> None:
    sheet = replace(SHEET, clocks=(HOUSE,))
    paused = until(received(sheet), 23, "17:00").after(INSPECT)
    assert until(paused, 24, "09:00").accepts(RESUME).events == [e.ClocksResumed(pause="P1", at=at(24, "09:00"))]


@pytest.mark.requirement("T-09")
def test_pauses_that_overlap_count_once() -> None:
    """It stands still from ten to sixteen: one hour is used before, one on Monday after, eight on Tuesday, six more."""
    story = until(received(), 23, "10:00").after(INSPECT)
    story = until(story, 23, "12:00").after(WAIT)
    story = until(story, 23, "14:00").after(c.ResumeClocks(pause="P1"))
    assert story.case.clocks["house"].standing
    story = until(story, 23, "16:00").after(c.ResumeClocks(pause="P2"))
    assert story.case.clocks["house"].due == at(25, "15:00")


@pytest.mark.requirement("T-09")
def test_a_clock_that_starts_during_a_pause_stands_still() -> None:
    story = received().after(INSPECT).after(c.AssignCase(to="wang", department="after-sales"), by=CHEN)
    assert story.case.clocks["contact"].standing
    assert story.later(hours=5).accepts(c.CheckClocks(), by=SYSTEM).events == []
    then = story.later(hours=5).accepts(RESUME)
    assert then.case.clocks["contact"].due == at(23, "16:00")


@pytest.mark.requirement("T-09", "T-11")
def test_what_is_done_while_time_stands_still_is_in_time() -> None:
    story = received().after(c.AssignCase(to="wang", department="after-sales"), by=CHEN)
    story = until(story, 23, "10:00").after(INSPECT)
    then = until(story, 24, "10:00").accepts(c.ContactCustomer(channel=Channel.HOTLINE), by=WANG)
    assert then.named(e.ClockStopped) == [e.ClockStopped(clock="contact", at=at(24, "10:00"))]
    assert not then.case.clocks["contact"].breached


@pytest.mark.requirement("T-09")
def test_a_case_that_is_closed_while_time_stands_still_was_not_late() -> None:
    story = until(received(), 23, "10:00").after(INSPECT)
    then = story.later(days=30).accepts(c.WithdrawCase(reason="found it"))
    assert {lapsed.clock for lapsed in then.named(e.ClockLapsed)} == {"house", "statute"}
    assert not then.named(e.ClockBreached)
    assert then.story.accepts(RESUME).named(e.DeadlineMoved) == []


@pytest.mark.requirement("T-09")
def test_a_limit_that_begins_with_the_closing_can_be_let_go_of_after_it() -> None:
    report = replace(CONTACT, name="report", starts=("CaseClosed",), stops=("CaseReported",))
    sheet = replace(SHEET, clocks=(report,), pauses={"audit": replace(INSPECTION, clocks=("report",))})
    story = received(sheet).after(c.PauseClocks(reason="audit"), c.WithdrawCase(reason="found it"))
    assert story.case.clocks["report"].standing
    assert story.later(hours=3).accepts(RESUME).case.clocks["report"].due == at(23, "14:00")


# ── The customer is heard of ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-09")
def test_a_message_of_the_customer_during_a_pause_flags_it_once() -> None:
    story = until(received(), 23, "10:00").after(WAIT)
    then = until(story, 23, "11:00").accepts(WRITTEN, e.PauseFlagged(pause="P1", at=at(23, "11:00")))
    assert then.case.pauses["P1"].flagged
    assert not then.story.later(hours=1).accepts(WRITTEN).named(e.PauseFlagged)


@pytest.mark.requirement("T-09")
def test_a_message_before_or_after_a_pause_flags_nothing() -> None:
    written = received().after(WRITTEN)
    story = until(written, 23, "10:00").after(WAIT)
    story = until(story, 23, "11:00").after(RESUME, WRITTEN)
    assert not story.case.pauses["P1"].flagged


@pytest.mark.requirement("T-09")
def test_a_message_that_is_reported_after_the_pause_it_came_in_flags_it() -> None:
    story = until(received(), 23, "10:00").after(WAIT)
    story = until(story, 23, "11:00").after(RESUME)
    then = until(story, 23, "12:00").accepts(WRITTEN, happened_at=at(23, "10:30"))
    assert then.named(e.PauseFlagged) == [e.PauseFlagged(pause="P1", at=at(23, "10:30"))]


@pytest.mark.requirement("T-09")
def test_a_pause_that_is_dated_back_before_a_message_is_flagged() -> None:
    story = until(received(), 23, "10:00").after(WRITTEN)
    then = until(story, 23, "11:00").accepts(WAIT, happened_at=at(23, "09:30"))
    assert then.named(e.PauseFlagged) == [e.PauseFlagged(pause="P1", at=at(23, "10:00"))]


def test_an_empty_message_is_none_and_a_case_must_exist() -> None:
    received().refuses(replace(WRITTEN, text=" "), "field_missing", field="text")
    Story(SHEET).refuses(WRITTEN, "not_received")


# ── Reported late ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-09", "T-11")
def test_a_pause_that_is_reported_late_shows_that_a_limit_had_not_passed() -> None:
    story = received().after(c.AssignCase(to="wang", department="after-sales"), by=CHEN)
    late = until(story, 23, "11:30").after(c.CheckClocks(), by=SYSTEM)
    assert late.case.clocks["contact"].breached
    then = late.accepts(INSPECT, happened_at=at(23, "10:00"))
    assert then.named(e.BreachCorrected) == [e.BreachCorrected(clock="contact", at=at(23, "10:00"))]
    resumed = until(then.story, 23, "14:00").accepts(RESUME)
    assert resumed.case.clocks["contact"].due == at(23, "15:00")


@pytest.mark.requirement("T-09", "T-11")
def test_a_pause_after_the_limit_passed_changes_nothing_about_it() -> None:
    story = received().after(c.AssignCase(to="wang", department="after-sales"), by=CHEN)
    late = until(story, 23, "11:30").after(INSPECT)
    assert late.case.clocks["contact"].breached
    then = until(late, 23, "14:00").accepts(RESUME)
    assert then.case.clocks["contact"].due == at(23, "11:00")
    assert then.case.clocks["contact"].breached


@pytest.mark.requirement("T-09", "T-11")
def test_a_pause_that_ended_earlier_than_it_was_reported_finds_the_breach_of_the_meantime() -> None:
    story = received().after(c.AssignCase(to="wang", department="after-sales"), by=CHEN)
    story = until(story, 23, "10:00").after(INSPECT)
    resumed = until(story, 23, "14:00").accepts(RESUME, happened_at=at(23, "12:30"))
    assert resumed.case.clocks["contact"].due == at(23, "13:30")
    late = resumed.story.accepts(c.CheckClocks(), by=SYSTEM)
    assert late.named(e.ClockBreached) == [e.ClockBreached(clock="contact", due=at(23, "13:30"))]


# ── Urgency ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-09", "C-09")
def test_a_case_that_becomes_urgent_while_time_stands_still_has_what_is_left_of_the_shorter_limit() -> None:
    """One of four working hours was used before the pause: three are left when it runs again."""
    story = until(received(), 23, "10:00").after(INSPECT)
    story = until(story, 25, "10:00").after(c.SetUrgency(urgency=Urgency.URGENT, reason="child"))
    assert story.case.clocks["house"].due == at(23, "13:00")  # as it was before: nothing is due meanwhile
    assert story.accepts(c.CheckClocks(), by=SYSTEM).events == []
    assert until(story, 25, "11:00").accepts(RESUME).case.clocks["house"].due == at(25, "14:00")


@pytest.mark.requirement("C-09", "T-11")
def test_a_shorter_limit_that_would_have_passed_long_ago_is_due_now() -> None:
    story = until(received(), 24, "10:00")
    then = story.accepts(c.SetUrgency(urgency=Urgency.URGENT, reason="child"))
    assert then.case.clocks["house"].due == at(24, "10:00")
    assert not then.named(e.ClockBreached)
    late = then.story.later(minutes=1).accepts(c.CheckClocks(), by=SYSTEM)
    assert late.named(e.ClockBreached) == [e.ClockBreached(clock="house", due=at(24, "10:00"))]


# ── Escalation ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-10")
def test_after_the_deadline_one_role_after_another_is_told() -> None:
    story = received()
    assert until(story, 24, "17:00").accepts(c.CheckClocks(), by=SYSTEM).named(e.ClockBreached) == []
    story = story.later(days=1, hours=8, seconds=1)
    first = story.accepts(c.CheckClocks(), by=SYSTEM)
    assert [type(event).__name__ for event in first.events] == [
        "ClockWarned",
        "ClockBreached",
        "ClockEscalated",
        "NoticeRequested",
    ]
    assert first.named(e.NoticeRequested)[0].to == "lead@customer-service"
    assert first.named(e.NoticeRequested)[0].language is Language.ZH
    assert first.story.later(minutes=1).accepts(c.CheckClocks(), by=SYSTEM).events == []
    second = until(first.story, 25, "12:00").accepts(c.CheckClocks(), by=SYSTEM)
    head = e.ClockEscalated(clock="house", due=at(24, "17:00"), level=2, to="department_head", at=at(25, "11:00"))
    assert second.named(e.ClockEscalated) == [head]


# ── Cumulative clocks and counters ───────────────────────────────────────────────────────────────────────────────────

IN_REPAIR = ClockRule(
    name="in_repair",
    starts=("RepairStarted",),
    stops=("RepairReported",),
    limit={"ordinary": "35d"},
    cumulative=True,
    warn=(),
)
SECOND = CounterRule(name="second_repair", counts=("RepairStarted",), at=2, source="三包 §11")
REPORTED = c.ReportRepair(cause="switch", standard="IEC", measures="soldered", minutes=30)


def in_repair() -> Story:
    """An application whose repair begins on Monday at nine."""
    repairs = replace(
        policies.load()["after_sales"],
        version="repairs",
        clocks=(IN_REPAIR,),
        counters=(SECOND,),
        pauses={"inspection": replace(INSPECTION, clocks=("in_repair",))},
    )
    story = Story(repairs).after(APPLICATION, c.ClassifyCase(category="repair"))
    story = story.after(c.AssignCase(to="li", department="after-sales"))
    story = story.after(
        c.JudgeEligibility(eligible=True, rule="within_warranty"), c.DiagnoseFault(cause="broken switch")
    )
    return repaired_once_more(story)


def repaired_once_more(story: Story) -> Story:
    """A repair is agreed, and begins."""
    wanted = c.ProposeRemedy(summary="As wished.", arrangement=Arrangement.REPAIR)
    return story.after(wanted, c.AcceptProposal(), by=LI).after(c.StartRepair(), by=WU)


@pytest.mark.requirement("A-03", "T-07")
def test_a_cumulative_clock_goes_on_where_it_stood() -> None:
    """Ten of thirty-five days were used in the first repair; the second begins after five days in which it stood."""
    story = in_repair().later(days=10).after(REPORTED, by=WU)
    story = story.after(c.RejectResult(new_demand="still dark"))
    assert not story.case.clocks["in_repair"].running
    again = repaired_once_more(story.later(days=5))
    (restarted,) = [event for event in again.events if isinstance(event, e.DeadlineMoved)]
    assert (restarted.cause, restarted.due) == ("restarted", DAY_ONE + timedelta(days=40))
    assert again.case.clocks["in_repair"].running
    started = [event for event in again.events if isinstance(event, e.ClockStarted)]
    assert len(started) == 1


@pytest.mark.requirement("A-03", "T-09")
def test_a_cumulative_clock_that_goes_on_during_a_pause_stands_still() -> None:
    story = in_repair().later(days=10).after(REPORTED, by=WU)
    story = story.after(c.RejectResult(new_demand="still dark"), INSPECT)
    again = repaired_once_more(story.later(days=5))
    assert again.case.clocks["in_repair"].standing
    assert again.later(days=2).accepts(RESUME).case.clocks["in_repair"].due == DAY_ONE + timedelta(days=42)


@pytest.mark.requirement("A-03")
def test_the_second_repair_reaches_the_counter_once() -> None:
    first = in_repair()
    assert not [event for event in first.events if isinstance(event, e.CounterReached)]
    second = repaired_once_more(first.after(REPORTED, by=WU).after(c.RejectResult(new_demand="again")))
    third = repaired_once_more(second.after(REPORTED, by=WU).after(c.RejectResult(new_demand="and again")))
    reached = [event for event in third.events if isinstance(event, e.CounterReached)]
    assert reached == [e.CounterReached(counter="second_repair", count=2, source="三包 §11")]


# ── Several at once ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-08")
def test_limits_of_several_families_run_at_once_each_on_its_own_calendar() -> None:
    """Received on Friday evening in Shanghai: the desk is open every day, the working days begin on Monday."""
    platform = replace(CONTACT, name="platform", starts=("CaseReceived",), family=Family.PLATFORM, calendar="cn-desk")
    platform = replace(platform, limit={"ordinary": "4wh"})
    working = replace(STATUTE, limit={"ordinary": "3wd"}, calendar="cn", from_next_day=True, binds="merchant")
    story = replace(Story(replace(SHEET, clocks=(platform, working))), now=at(27, "11:00")).after(COMPLAINT)
    clocks = story.case.clocks
    assert (clocks["platform"].family, clocks["statute"].family) == (Family.PLATFORM, Family.STATUTE)
    assert clocks["platform"].due == at(28, "03:00")  # two hours until 21:00 there, two on Saturday from nine
    assert clocks["statute"].due == DAY_ONE.replace(month=12, day=2, hour=10)  # Wednesday at 18:00 there
    assert clocks["statute"].binds == "merchant"
    assert clocks["platform"].calendar != clocks["statute"].calendar
