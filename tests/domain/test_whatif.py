"""What if: a past case under another sheet is what it would have been, limit by limit (P-04)."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import commands as c
from domain import events as e
from domain.actor import Actor, Role
from domain.comparison import Comparison
from domain.message import Command, snake
from domain.policy import Sheet
from domain.refusal import Refused
from domain.rules import ApprovalRule, ClockRule, Escalation, PauseKind, PauseRule
from domain.whatif import Lived, Names, Went, recall, relive
from domain.words import Channel, Outcome, Urgency
from tests.domain.story import (
    CHEN,
    COMPLAINT,
    DATA,
    DAY_ONE,
    REMEDY,
    SYSTEM,
    WANG,
    Story,
    closed,
    investigating,
    over,
    proposing,
    received,
    story,
)
from tests.rounds import examples


def with_limits(sheet: Sheet, **limits: str) -> Sheet:
    """The sheet with other limits for all urgencies; "" takes a clock away."""
    clocks = [
        dataclasses.replace(rule, limit={"ordinary": limits[rule.name]} if rule.name in limits else rule.limit)
        for rule in sheet.clocks
        if limits.get(rule.name) != ""
    ]
    return dataclasses.replace(sheet, version="draft", clocks=tuple(clocks))


def relived(told: Story, sheet: Sheet, until: datetime | None = None, names: Names | None = None) -> Lived:
    """The case of a story under another sheet."""
    return relive(told.entries, sheet, told.papers, until or told.now, names)


def recalled(told: Story, until: datetime | None = None) -> Lived:
    """The case of a story as it was."""
    return recall(told.entries, until or told.now)


def late(lived: Lived) -> set[str]:
    """The limits that passed."""
    return {went.limit for went in lived.limits if went.late}


def of(lived: Lived, limit: str) -> Went:
    """How a limit went."""
    found = [went for went in lived.limits if went.limit == limit]
    assert len(found) == 1
    return found[0]


# ── Shorter limits ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("P-04")
def test_a_shorter_limit_makes_late_what_came_after_it_and_nothing_else() -> None:
    told = received().later(minutes=3).after(c.AcknowledgeReceipt())

    assert late(recalled(told)) == set()
    assert late(relived(told, with_limits(told.sheet, first_response="2m"))) == {"first_response"}
    assert late(relived(told, with_limits(told.sheet, first_response="3m"))) == set(), "exactly on time is in time"


@pytest.mark.requirement("P-04")
def test_a_longer_limit_makes_good_what_was_late() -> None:
    told = received().later(minutes=10).after(c.AcknowledgeReceipt())

    assert late(recalled(told)) == {"first_response"}
    assert late(relived(told, with_limits(told.sheet, first_response="10m"))) == set()


@pytest.mark.requirement("P-04")
def test_an_open_case_is_late_once_the_limit_has_passed() -> None:
    told = received().after(c.AcknowledgeReceipt())
    draft = with_limits(told.sheet, solution="1d")

    assert late(relived(told, draft, DAY_ONE + timedelta(days=1))) == set()
    assert late(relived(told, draft, DAY_ONE + timedelta(days=1, seconds=1))) == {"solution"}
    assert late(recalled(told, DAY_ONE + timedelta(days=5, seconds=1))) == {"solution"}


@pytest.mark.requirement("P-04")
def test_a_limit_that_the_draft_adds_or_takes_away_is_counted_or_not() -> None:
    told = closed()
    written = ClockRule(
        name="written", starts=("ProposalAccepted",), stops=("WrittenResultRequested",), limit={"ordinary": "0m"}
    )
    draft = dataclasses.replace(with_limits(told.sheet, contact=""), clocks=(written,))

    assert {went.limit for went in relived(told, draft).limits} == {"written", "measure"}


@pytest.mark.requirement("P-04")
def test_each_round_has_its_own_limit_under_the_draft_too() -> None:
    told = proposing().later(hours=2).after(REMEDY, by=WANG).after(c.PresentProposal(), by=SYSTEM)
    told = told.after(c.RejectProposal(new_demand="A better one."), by=WANG).later(hours=1).after(REMEDY, by=WANG)

    lived = relived(told, with_limits(told.sheet, proposal="90m"))

    assert [went.late for went in lived.limits if went.limit == "proposal"] == [True, False]


@pytest.mark.requirement("P-04")
def test_an_urgent_case_has_the_draft_s_limit_for_urgent_cases() -> None:
    told = received().later(minutes=2).after(c.SetUrgency(urgency=Urgency.URGENT, reason="smoke"))
    told = told.later(minutes=2).after(c.AcknowledgeReceipt())
    rules = [
        dataclasses.replace(rule, limit={"ordinary": "10m", "urgent": "3m"}) if rule.name == "first_response" else rule
        for rule in told.sheet.clocks
    ]

    assert late(relived(told, dataclasses.replace(told.sheet, clocks=tuple(rules)))) == {"first_response"}


# ── Warnings, escalations, approvals ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("P-04", "T-10")
def test_warnings_and_escalations_of_the_draft_are_raised_in_their_time() -> None:
    told = received().later(minutes=20).after(c.AcknowledgeReceipt())
    steps = (Escalation(after="0m", to="lead"), Escalation(after="5m", to="department_head"))
    rules = [dataclasses.replace(rule, warn=(50, 90), escalate=steps) for rule in told.sheet.clocks]

    def under(limit: str) -> Went:
        draft = with_limits(dataclasses.replace(told.sheet, clocks=tuple(rules)), first_response=limit)
        return of(relived(told, draft), "first_response")

    assert under("41m") == Went("first_response", "customer-service", False, False, ())
    assert under("30m") == Went("first_response", "customer-service", False, True, ())
    assert under("16m") == Went("first_response", "customer-service", True, True, ("lead",))
    assert under("5m") == Went("first_response", "customer-service", True, True, ("lead", "department_head"))
    assert not of(recalled(told), "first_response").escalated_to


@pytest.mark.requirement("P-04", "H-09")
def test_proposals_are_counted_by_the_approvals_that_the_draft_asks_for() -> None:
    def proposal(amount: str) -> Story:
        return proposing().after(c.ProposeRemedy(summary="A refund.", amount=Decimal(amount), currency="CNY"), by=WANG)

    rule = ApprovalRule(above=Decimal(100), two_above=Decimal(1000), by=("lead",))
    comparison = Comparison()
    for amount in ("100", "100.01", "500", "1000", "1000.01"):
        told = proposal(amount)
        draft = dataclasses.replace(told.sheet, approval=rule)
        comparison.add(told.case_id, recalled(told), relived(told, draft))

    (everywhere, promised, drafted), (department, _, there) = comparison.approvals()
    assert (everywhere, promised.proposals, promised.one, promised.two) == ("", 5, 0, 0)
    assert (drafted.proposals, drafted.one, drafted.two) == (5, 3, 1)
    assert (department, there) == ("after-sales", drafted)


@pytest.mark.requirement("P-04", "H-04")
def test_a_late_limit_is_counted_for_the_department_that_had_the_case_when_it_passed() -> None:
    told = received().later(minutes=10).after(c.ClassifyCase(category="product", subcategory="damage"))
    told = told.after(c.AssignCase(to="wang", department="after-sales"), by=CHEN).after(c.AcceptAssignment(), by=WANG)
    told = told.later(hours=3).after(c.ContactCustomer(channel=Channel.HOTLINE), by=WANG)

    for lived in (recalled(told), relived(told, told.sheet)):
        assert of(lived, "first_response").department == "customer-service"
        assert of(lived, "contact").department == "after-sales"
        assert {"first_response", "contact"} <= late(lived)


# ── Reported late, paused, retracted, opened again ───────────────────────────────────────────────────────────────────


@pytest.mark.requirement("P-04", "T-11")
def test_a_fact_reported_late_counts_as_the_draft_lets_it() -> None:
    waiting = investigating().later(minutes=50)
    told = waiting.accepts(
        c.ContactCustomer(channel=Channel.HOTLINE), by=WANG, happened_at=waiting.now - timedelta(minutes=46)
    ).story
    command = told.entries[-1]
    names = {(command.actor.id, command.command_id): "contact_customer"}
    strict = dataclasses.replace(told.sheet, happened_at_window_seconds={"contact_customer": 0, "*": 86400})

    assert late(recalled(told)) == set()
    assert late(relived(told, told.sheet, names=names)) == set()
    assert late(relived(told, strict, names=names)) == {"first_response"}


PAUSES = {"waits_for_customer": PauseRule(kind=PauseKind.CONVENIENCE, clocks=("solution",))}


@pytest.mark.requirement("P-04", "T-09")
def test_a_pause_holds_the_limits_that_the_draft_says() -> None:
    generous = dataclasses.replace(story("complaint").sheet, pauses=PAUSES)
    told = dataclasses.replace(story("complaint"), sheet=generous).after(COMPLAINT, c.AcknowledgeReceipt())
    told = told.later(days=1).after(c.PauseClocks(reason="waits_for_customer"))
    told = told.later(days=3).after(c.ResumeClocks(pause="P1")).later(days=2)

    assert late(recalled(told)) == set()
    assert late(relived(told, generous)) == set()
    assert late(relived(told, dataclasses.replace(generous, pauses={}))) == {"solution"}


@pytest.mark.requirement("P-04")
def test_a_case_that_was_opened_again_counts_its_first_life_too() -> None:
    told = over().later(days=1).after(c.ReopenCase(reason="It broke again."), by=CHEN).later(hours=1)

    lived = relived(told, with_limits(told.sheet, solution="30m"))

    assert [went.late for went in lived.limits if went.limit == "solution"] == [False, True]


def test_a_retracted_question_has_no_limit_any_more_however_many_limits_the_draft_adds() -> None:
    told = investigating().after(
        c.AskQuestion(to="sun", department="logistics", text="When?", due=DAY_ONE + timedelta(days=1)), by=WANG
    )
    asked = next(entry.version for entry in told.entries if isinstance(entry.event, e.QuestionAsked))
    told = told.after(c.RetractEntry(entry=asked, reason="asked twice"), by=WANG).later(days=2)
    more = tuple(dataclasses.replace(rule, name=f"{rule.name}_too") for rule in told.sheet.clocks)

    assert "question" not in late(recalled(told))
    draft = dataclasses.replace(told.sheet, clocks=(*told.sheet.clocks, *more))
    assert "question" not in late(relived(told, draft))


# ── Finished cases of other systems ──────────────────────────────────────────────────────────────────────────────────

RECEIVED = datetime(2011, 10, 11, 12, 0, tzinfo=UTC)


def log(days: float, deadline: float | None = 56) -> Story:
    """A finished case of another system that took so many days, with so many allowed."""
    command = c.ImportLog(
        kind="complaint",
        source="their-system",
        reference="case-1",
        received_at=RECEIVED,
        closed_at=RECEIVED + timedelta(days=days),
        deadline=None if deadline is None else RECEIVED + timedelta(days=deadline),
        department="general",
        steps=(c.LoggedStep(activity="Confirmation of receipt", at=RECEIVED + timedelta(days=days + 1)),),
    )
    return story("complaint").after(command, by=DATA)


@pytest.mark.requirement("P-04")
def test_a_finished_case_of_another_system_is_judged_from_receipt_to_closing() -> None:
    told = log(days=31)

    assert late(recalled(told)) == set()
    assert late(relived(told, with_limits(told.sheet, solution="720h"))) == {"solution"}
    assert late(relived(told, with_limits(told.sheet, solution="744h"))) == set()
    assert late(recalled(log(days=57))) == {"deadline"}
    assert recalled(log(days=57, deadline=None)).limits == ()


@pytest.mark.requirement("P-04")
def test_of_what_their_log_does_not_tell_nothing_is_guessed() -> None:
    lived = relived(log(days=31), log(days=31).sheet)

    assert {went.limit for went in lived.limits} == {"solution"}
    assert lived.not_told == ("first_response", "contact", "proposal", "case_report")


@pytest.mark.requirement("P-04")
def test_a_rule_with_dates_is_for_cases_received_between_them() -> None:
    told = log(days=31)
    (solution,) = (rule for rule in told.sheet.clocks if rule.name == "solution")

    def lived(effective_from: str = "", effective_to: str = "") -> set[str]:
        rule = dataclasses.replace(
            solution, limit={"ordinary": "1d"}, effective_from=effective_from, effective_to=effective_to
        )
        return {went.limit for went in relived(told, dataclasses.replace(told.sheet, clocks=(rule,))).limits}

    assert lived(effective_from="2011-10-12") == set()
    assert lived(effective_to="2011-10-10") == set()
    assert lived(effective_from="2011-10-11", effective_to="2011-10-11") == {"solution"}


@pytest.mark.requirement("P-04")
def test_an_open_case_of_another_system_runs_its_own_limits_from_import() -> None:
    command = c.ImportCase(
        kind="complaint", source="old", reference="1", received_at=DAY_ONE - timedelta(days=9), ending=None
    )
    told = story("complaint").after(command, by=DATA).later(days=3)

    assert late(relived(told, told.sheet)) == late(recalled(told)) == set()
    assert late(relived(told, with_limits(told.sheet, solution="2d"))) == {"solution"}


# ── The sheet of its own day ─────────────────────────────────────────────────────────────────────────────────────────

STRICT = (Escalation(after="0m", to="lead"), Escalation(after="1wd", to="department_head"))
SUN = Actor("sun", (Role.AGENT,), "logistics")


def _remedy(amount: int) -> c.ProposeRemedy:
    measure = c.Measure(text="Send a new lamp", owner="wang", due=DAY_ONE + timedelta(days=90))
    return c.ProposeRemedy(summary="A new lamp.", measures=(measure,), amount=Decimal(amount))


USUAL: list[tuple[Command, Actor]] = [
    (c.AcknowledgeReceipt(), WANG),
    (c.ClassifyCase(category="product", subcategory="damage"), WANG),
    (c.AssignCase(to="wang", department="after-sales"), CHEN),
    (c.AcceptAssignment(), WANG),
    (c.ContactCustomer(channel=Channel.HOTLINE), WANG),
    (c.AskQuestion(to="sun", department="logistics", text="When?", due=DAY_ONE + timedelta(days=9)), WANG),
    (c.AnswerQuestion(question="Q1", text="On Monday."), SUN),
    (c.RecordFinding(course="It fell.", cause="packaging"), WANG),
    (c.NameResponsible(department="logistics", person="sun"), WANG),
    (c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="house-7"), WANG),
    (c.OfferHandOver(to="sun", department="logistics", reason="knows more"), WANG),
    (c.AcceptHandOver(), SUN),
    (_remedy(5), SUN),
    (c.ApproveProposal(), CHEN),
    (c.PresentProposal(), SYSTEM),
    (c.RejectProposal(new_demand="more"), SUN),
    (_remedy(9), SUN),
    (c.ApproveProposal(), CHEN),
    (c.ApproveProposal(), Actor("zhou", (Role.MANAGEMENT,))),
    (c.PresentProposal(), SYSTEM),
    (c.AcceptProposal(), SUN),
    (c.CompleteMeasure(measure="M1"), SUN),
    (c.ConfirmSatisfaction(), SUN),
    (c.CloseCase(reason="Replaced."), SUN),
    (c.ReopenCase(reason="It broke again."), CHEN),
    (c.RecordFinding(course="It fell again.", cause="packaging"), SUN),
]
"""How a complaint may go; some of it does not happen, and other things come in between."""
BETWEEN: list[tuple[Command, Actor]] = [
    (c.PauseClocks(reason="x"), CHEN),
    (c.PauseClocks(reason="y"), CHEN),
    (c.ResumeClocks(pause="P1"), CHEN),
    (c.ResumeClocks(pause="P2"), CHEN),
    (c.ReceiveMessage(channel=Channel.EMAIL, text="Well?"), WANG),
    (c.SetUrgency(urgency=Urgency.URGENT, reason="smoke"), CHEN),
    (c.SetUrgency(urgency=Urgency.ORDINARY, reason="none"), CHEN),
    (c.RetractEntry(entry=20, reason="wrong"), CHEN),
    (c.CheckClocks(), SYSTEM),
]
WAITS = st.sampled_from([timedelta(minutes=2), timedelta(hours=1), timedelta(hours=7), timedelta(days=2)])
REPORTED = st.sampled_from([timedelta(0)] * 3 + [timedelta(minutes=4), timedelta(hours=2), timedelta(hours=30)])


def usual(seed: Any) -> list[tuple[Command, Actor]]:
    """The usual steps, without some of them, and with others in between."""
    steps: list[tuple[Command, Actor]] = []
    for step in USUAL:
        if seed.random() < 0.3:
            steps.append(seed.choice(BETWEEN))
        if seed.random() < 0.95:
            steps.append(step)
    return steps


def rich(kind: str) -> Sheet:
    """A sheet with a bit of everything: working time, pauses, escalations, approvals, limits that add up."""
    sheet = story(kind).sheet
    clocks = [dataclasses.replace(rule, escalate=STRICT, calendar="cn-desk") for rule in sheet.clocks]
    desk = ClockRule(
        name="desk",
        starts=("CaseReceived", "HandOverAccepted", "ClocksResumed"),
        stops=("AssignmentAccepted", "ClocksPaused"),
        limit={"ordinary": "3wh", "urgent": "1wh"},
        calendar="cn-desk",
        warn=(50, 80),
        cumulative=True,
    )
    pauses = {
        "x": PauseRule(kind=PauseKind.STATUTORY, clocks=("solution", "answer")),
        "y": PauseRule(kind=PauseKind.CONVENIENCE, clocks=("desk", "first_response")),
    }
    return dataclasses.replace(
        sheet, clocks=(*clocks, desk), pauses=pauses, approval=ApprovalRule(above=Decimal(0), two_above=Decimal(5))
    )


@pytest.mark.requirement("P-04", "L-02")
@pytest.mark.soak
@settings(max_examples=examples(60), deadline=None)
@given(st.randoms(use_true_random=False), st.data())
def test_under_the_sheet_of_its_own_day_any_case_goes_as_it_went(seed: Any, data: st.DataObject) -> None:
    told = dataclasses.replace(story("complaint"), sheet=rich("complaint")).after(COMPLAINT)
    names: dict[tuple[str, str], str] = {}
    for command, by in usual(seed):
        told = told.later(seconds=data.draw(WAITS).total_seconds())
        happened_at = told.now - data.draw(REPORTED)
        with suppress(Refused):
            told = asked(told, command, by, happened_at, names)

    assert relived(told, told.sheet, names=names) == recalled(told)


def asked(told: Story, command: Command, by: Actor, happened_at: datetime, names: dict[tuple[str, str], str]) -> Story:
    """The story after a command that may be reported late; its name is written down."""
    after = told.followed_by(told.decide(command, by, happened_at), by, happened_at)
    for entry in after.entries[len(told.entries) :]:
        names[(entry.actor.id, entry.command_id)] = snake(type(command).__name__)
    return after
