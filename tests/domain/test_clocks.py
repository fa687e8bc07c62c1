"""Time limits: when they start, warn, are breached, stop, and what a late report changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.clocks import next_check
from domain.rules import ClockRule
from domain.streams import CASE
from domain.words import Channel, Urgency
from tests.domain.story import (
    COMPLAINT,
    DAY_ONE,
    SYSTEM,
    WANG,
    WU,
    Story,
    agreed,
    investigating,
    over,
    received,
    satisfied,
    story,
)

FIVE_PAST = DAY_ONE + timedelta(minutes=5)


@pytest.mark.requirement("T-01", "T-08")
def test_the_limits_of_a_complaint_start_at_receipt() -> None:
    clocks = received().case.clocks
    assert clocks["first_response"].due == FIVE_PAST
    assert clocks["solution"].due == DAY_ONE + timedelta(days=5)


@pytest.mark.requirement("T-10")
def test_a_warning_falls_due_before_the_limit() -> None:
    assert next_check(received().case) == DAY_ONE + timedelta(minutes=4)
    then = received().later(minutes=4).accepts(c.CheckClocks(), by=SYSTEM)
    four_past = DAY_ONE + timedelta(minutes=4)
    assert then.events == [e.ClockWarned(clock="first_response", due=FIVE_PAST, percent=80, at=four_past)]


@pytest.mark.requirement("T-11")
def test_exactly_on_time_is_in_time() -> None:
    in_time = received().later(minutes=5).accepts(c.AcknowledgeReceipt())
    assert not in_time.named(e.ClockBreached)
    too_late = received().later(minutes=5, microseconds=1).accepts(c.AcknowledgeReceipt())
    assert too_late.named(e.ClockBreached) == [e.ClockBreached(clock="first_response", due=FIVE_PAST)]


@pytest.mark.requirement("T-11")
def test_a_breach_keeps_its_true_instant_however_late_it_is_found() -> None:
    then = received().later(days=9).accepts(c.AddNote(text="the system was down"))
    breaches = then.named(e.ClockBreached)
    assert [breach.clock for breach in breaches] == ["first_response", "solution"]
    assert breaches[0].due == FIVE_PAST


def test_a_breach_is_recorded_once() -> None:
    found_late = received().later(days=1).after(c.CheckClocks(), by=SYSTEM)
    assert found_late.accepts(c.CheckClocks(), by=SYSTEM).events == []


@pytest.mark.requirement("T-11")
def test_a_fact_reported_late_within_the_window_corrects_the_breach() -> None:
    contact = c.ContactCustomer(channel=Channel.HOTLINE)
    late = investigating().later(hours=3)
    then = late.accepts(contact, by=WANG, happened_at=DAY_ONE + timedelta(minutes=3))
    assert {fixed.clock for fixed in then.named(e.BreachCorrected)} == {"first_response", "contact"}
    assert not any(clock.breached for clock in then.case.clocks.values())


@pytest.mark.requirement("T-11")
def test_a_fact_reported_beyond_the_window_counts_from_when_it_was_recorded() -> None:
    contact = c.ContactCustomer(channel=Channel.HOTLINE)
    late = investigating().later(hours=25)
    then = late.accepts(contact, by=WANG, happened_at=DAY_ONE + timedelta(minutes=3))
    assert not then.named(e.BreachCorrected)
    assert then.case.clocks["contact"].stopped_at == late.now


@pytest.mark.requirement("C-09", "I-10")
def test_a_case_that_becomes_urgent_takes_the_shorter_limits_from_where_its_clocks_began() -> None:
    then = received().accepts(c.SetUrgency(urgency=Urgency.URGENT, reason="child"))
    assert then.case.clocks["solution"].due == DAY_ONE + timedelta(hours=24)
    assert then.case.clocks["first_response"].due == DAY_ONE + timedelta(minutes=1)


@pytest.mark.requirement("C-09")
def test_an_urgent_case_starts_with_its_own_limits() -> None:
    urgent = story("complaint").after(replace(COMPLAINT, urgency=Urgency.SAFETY))
    assert urgent.case.clocks["solution"].due == DAY_ONE + timedelta(hours=24)


@pytest.mark.requirement("T-04", "T-11")
def test_a_limit_that_was_not_met_lapses_with_the_case_and_is_not_called_done() -> None:
    then = investigating().accepts(c.WithdrawCase(reason="found it"), by=WANG)
    assert {lapsed.clock for lapsed in then.named(e.ClockLapsed)} == {"first_response", "contact", "solution"}
    assert not then.named(e.ClockStopped)
    assert then.case.clocks["solution"].lapsed


def test_measures_of_a_round_that_is_over_lapse() -> None:
    then = agreed().accepts(c.RejectResult(new_demand="another"), by=WANG)
    assert [lapsed.clock for lapsed in then.named(e.ClockLapsed)] == ["measure:M1#1"]


@pytest.mark.requirement("T-04")
def test_a_result_that_is_rejected_starts_the_solution_clock_again() -> None:
    assert not satisfied().case.clocks["solution"].running
    assert satisfied().accepts(c.RejectResult(new_demand="again")).case.clocks["solution"].running


def test_nothing_is_done_for_a_case_before_it_was_received() -> None:
    contact = c.ContactCustomer(channel=Channel.HOTLINE)
    then = investigating().later(minutes=2).accepts(contact, by=WANG, happened_at=DAY_ONE - timedelta(hours=1))
    assert then.case.clocks["contact"].stopped_at == DAY_ONE


def test_a_case_that_is_over_has_nothing_due() -> None:
    assert CASE.overdue(over().case, DAY_ONE + timedelta(days=900)) == []
    assert next_check(over().case) is None


def test_receipt_as_reported_moves_the_clock_only_within_its_window() -> None:
    nine = DAY_ONE - timedelta(hours=1)
    assert story("complaint").accepts(COMPLAINT, happened_at=nine).case.received_at == nine
    long_ago = DAY_ONE - timedelta(hours=3)
    assert story("complaint").accepts(COMPLAINT, happened_at=long_ago).case.received_at == DAY_ONE


@pytest.mark.requirement("T-05")
def test_from_the_report_of_the_result_on_the_agent_has_a_limit_to_tell_the_customer() -> None:
    tell = ClockRule(name="tell", starts=("ResultReported",), stops=("ProgressTold",), limit={"ordinary": "4h"})
    sheet = replace(policies.load()["complaint"], version="T-05", clocks=(tell,))
    story = Story(sheet).after(COMPLAINT).later(hours=1)
    then = story.accepts(c.ReportResult(text="replaced"), e.ResultReported(by="wu", text="replaced"), by=WU)
    assert then.case.clocks["tell"].due == DAY_ONE + timedelta(hours=5)
    told = then.story.later(hours=2).accepts(c.TellProgress(text="It is replaced. Are you satisfied?"))
    assert not told.case.clocks["tell"].running
    Story(sheet).refuses(c.ReportResult(), "not_received", by=WU)
