"""What the house packs promise, kept by cases: each limit of a rule book starts, ends and stops where the book says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.actor import Actor, Role
from domain.rules import ClockRule, Family
from domain.words import Arrangement, Channel, Complexity, Outcome, Urgency
from tests.domain.story import APPLICATION, COMPLAINT, INQUIRY, SYSTEM, Story

MONDAY = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
"""09:30 in China; the house works 09:00–12:00 and 13:30–18:00, chat is staffed 08:00–23:00 every day."""

LI = Actor("li", (Role.AGENT,), "customer-service")
WU = Actor("wu", (Role.TECHNICIAN,), "repair")
HE = Actor("he", (Role.DEPARTMENT_HEAD,), "repair")
EX = Actor("ex", (Role.EXPERT,), "technical-support")

BOOK = "after-sales-ops"


def story(kind: str, pack: str = BOOK, now: datetime = MONDAY) -> Story:
    return Story(policies.load(pack)[kind], now=now)


def complaint(now: datetime = MONDAY, **changes: Any) -> Story:
    return story("complaint", now=now).after(replace(COMPLAINT, category="repair", **changes), by=LI)


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """An instant of November 2026, as clocks in China show it."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.requirement("T-01")
def test_the_first_response_is_due_within_the_minutes_that_are_set() -> None:
    assert complaint().case.clocks["first_response"].due == at(9, 35)
    assert complaint(now=at(22, 58)).case.clocks["first_response"].due == at(8, 3, day=24)
    answered = complaint().later(minutes=5).accepts(c.AcknowledgeReceipt(), by=SYSTEM)
    assert not answered.case.clocks["first_response"].running
    assert not answered.named(e.ClockBreached)


@pytest.mark.requirement("T-01", "C-09")
@pytest.mark.parametrize("urgency", [Urgency.URGENT, Urgency.SAFETY])
@pytest.mark.parametrize("pack", ["short-drama", "douyin", "after-sales-ops"])
def test_urgent_cases_are_answered_at_once_even_at_night(pack: str, urgency: Urgency) -> None:
    night = at(2)
    for kind, opening in (("complaint", COMPLAINT), ("after_sales", APPLICATION), ("inquiry", INQUIRY)):
        case = story(kind, pack, night).after(replace(opening, category="", urgency=urgency), by=LI).case
        assert case.clocks["first_response"].due == night + timedelta(minutes=1)


@pytest.mark.requirement("C-09")
@pytest.mark.parametrize("pack", ["short-drama", "douyin", "after-sales-ops"])
def test_no_limit_of_an_urgent_case_is_later_than_that_of_an_ordinary_one(pack: str) -> None:
    for kind, opening in (("complaint", COMPLAINT), ("after_sales", APPLICATION), ("inquiry", INQUIRY)):
        opening = replace(opening, category="")
        ordinary = story(kind, pack).after(opening, by=LI).case.clocks
        urgent = story(kind, pack).after(replace(opening, urgency=Urgency.URGENT), by=LI).case.clocks
        assert all(urgent[name].due <= clock.due for name, clock in ordinary.items())
        assert urgent["first_response"].due < ordinary["first_response"].due


@pytest.mark.requirement("T-02")
def test_what_cannot_be_answered_at_once_gets_its_result_within_the_hours_that_are_set() -> None:
    asked = story("inquiry").after(replace(INQUIRY, category="use"), by=LI)
    assert asked.case.clocks["deferred_answer"].due == at(9, 30, day=24)
    late = story("inquiry", now=at(23, 30)).after(replace(INQUIRY, category="use"), by=LI)
    assert late.case.clocks["deferred_answer"].due == at(8, 0, day=25)  # the night after is nobody there
    answered = asked.after(c.LookUpKnowledge(query="dimming", article="KB-12"), c.AnswerInquiry(text="Yes."), by=LI)
    assert not answered.case.clocks["deferred_answer"].running


@pytest.mark.requirement("T-03")
def test_the_assignee_contacts_the_customer_from_the_assignment_on_not_from_its_acceptance() -> None:
    assigned = complaint().after(c.AssignCase(to="wu", department="repair"), by=LI)
    assert assigned.case.clocks["contact"].due == at(11, 30)
    accepted = assigned.later(hours=1).after(c.AcceptAssignment(), by=WU)
    assert accepted.case.clocks["contact"].due == at(11, 30)
    contacted = accepted.after(c.ContactCustomer(channel=Channel.HOTLINE), by=WU)
    assert contacted.case.clocks["contact"].stopped_at == at(10, 30)


@pytest.mark.requirement("H-03", "T-10")
def test_an_offer_that_nobody_answers_is_escalated_to_the_lead_and_then_the_department_head() -> None:
    assigned = complaint().after(c.AssignCase(to="wu", department="repair"), by=LI)
    assert assigned.case.clocks["offer_answer"].due == at(10, 30)
    steps = [(s.kind, s.at, s.to) for s in assigned.case.clocks["offer_answer"].steps]
    assert steps == [
        (e.StepKind.WARN, at(10, 18), ""),
        (e.StepKind.ESCALATE, at(10, 30), "lead"),
        (e.StepKind.ESCALATE, at(14, 0), "department_head"),  # two working hours later, after lunch
    ]
    accepted = assigned.later(minutes=20).after(c.AcceptAssignment(), by=WU)
    assert not accepted.case.clocks["offer_answer"].running


@pytest.mark.requirement("H-10")
def test_the_department_head_acknowledges_within_the_hours_that_are_set_and_leads() -> None:
    told = complaint().after(c.AssignCase(to="wu", department="repair"), by=LI).after(c.TellDepartmentHead(), by=SYSTEM)
    assert told.case.clocks["head_acknowledgement"].due == at(11, 30)
    assert told.case.clocks["head_acknowledgement"].family is Family.DEPARTMENT
    waiting = told.after(c.AcceptAssignment(), by=WU)
    assert waiting.case.stage == "investigate"
    led = waiting.after(c.TakeLead(), by=HE)
    assert not led.case.clocks["head_acknowledgement"].running


@pytest.mark.requirement("T-04")
@pytest.mark.parametrize(
    ("urgency", "complexity", "hours"),
    [
        (Urgency.ORDINARY, Complexity.ORDINARY, 24),
        (Urgency.ORDINARY, Complexity.COMPLEX, 72),
        (Urgency.ORDINARY, Complexity.MAJOR, 120),
        (Urgency.URGENT, Complexity.COMPLEX, 8),
    ],
)
def test_the_problem_is_solved_within_the_limit_of_its_class(
    urgency: Urgency, complexity: Complexity, hours: int
) -> None:
    case = complaint(urgency=urgency, complexity=complexity).case
    assert case.clocks["solution"].due == MONDAY + timedelta(hours=hours)


def solved() -> Story:
    """A complaint whose plan is carried out, so that the result is to be told."""
    measure = c.Measure(text="Repair it again", owner="wu", due=at(12, day=25))
    return (
        complaint()
        .after(c.AssignCase(to="wu", department="repair"), by=LI)
        .after(c.AcceptAssignment(), c.RecordFinding(course="It broke again.", cause="solder"), by=WU)
        .after(c.TellDepartmentHead(), by=SYSTEM)
        .after(c.TakeLead(), c.NameResponsible(department="repair", person="wu"), by=HE)
        .after(c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="O4.4"), by=LI)
        .after(c.ProposeRemedy(summary="Repaired again.", measures=(measure,)), by=WU)
        .after(c.PresentProposal(), by=SYSTEM)
        .after(c.AcceptProposal(), by=LI)
        .after(c.CompleteMeasure(measure="M1"), c.ReportResult(text="It works."), by=WU)
    )


@pytest.mark.requirement("T-04")
def test_each_step_of_a_plan_is_due_on_the_date_that_the_plan_names() -> None:
    assert solved().case.clocks["measure:M1#1"].due == at(12, day=25)


@pytest.mark.requirement("T-05")
def test_from_the_solvers_report_on_the_customer_is_told_within_the_hours_that_are_set() -> None:
    reported = solved()
    assert reported.case.clocks["result_notice"].due == at(15)  # four working hours, with lunch between them
    told = reported.later(hours=1).after(c.TellProgress(text="It works. Are you satisfied?"), by=LI)
    assert not told.case.clocks["result_notice"].running


@pytest.mark.requirement("T-06", "T-07")
def test_the_survey_follows_within_working_days_after_completion() -> None:
    friday = at(16, day=27)
    closed = replace(solved(), now=friday).after(c.ConfirmSatisfaction(), c.CloseCase(reason="Repaired."), by=LI)
    assert closed.case.clocks["survey"].due == datetime(2026, 12, 2, 10, tzinfo=UTC)  # Wednesday, when work ends
    invited = closed.after(c.InviteSurvey(), by=SYSTEM)
    assert not invited.case.clocks["survey"].running


@pytest.mark.requirement("C-08")
def test_the_review_waits_until_the_customer_was_followed_up() -> None:
    closed = solved().after(c.ConfirmSatisfaction(), c.CloseCase(reason="Repaired."), by=LI)
    report = c.ReportCase(cause="a", course="b", result="c", lessons="d")
    reported = closed.after(report, c.AnswerSurvey(process=5, result=5, attitude=5), by=LI)
    assert not reported.case.over
    assert reported.case.clocks["follow_up"].running
    assert reported.after(c.FollowUpCustomer(channel=Channel.HOTLINE), by=LI).case.over


@pytest.mark.requirement("T-05", "H-11")
def test_what_an_expert_has_found_out_is_told_to_the_customer() -> None:
    question = c.AskQuestion(to="ex", department="technical-support", text="Does it dim?", due=at(18))
    asked = story("inquiry").after(replace(INQUIRY, category="use"), question, by=LI)
    answered = asked.later(minutes=30).after(c.AnswerQuestion(question="Q1", text="It does."), by=EX)
    assert answered.case.clocks["result_notice"].due == at(15, 30)
    presented = answered.after(c.AnswerInquiry(text="It does."), by=LI).after(c.PresentProposal(), by=SYSTEM)
    assert not presented.case.clocks["result_notice"].running


@pytest.mark.requirement("H-08", "H-11")
def test_a_partner_takes_part_by_a_task_with_a_due_time_and_an_answer() -> None:
    producer = Actor("producer-7", (Role.PARTNER,), "partners")
    task = c.AskQuestion(to="producer-7", department="partners", text="Who owns the music?", due=at(18, day=25))
    opened = story("complaint", "short-drama").after(replace(COMPLAINT, category="copyright"), task, by=LI)
    assert opened.case.clocks["question:Q1"].due == at(18, day=25)
    opened.refuses(c.TakeDecision(outcome=Outcome.UPHELD, findings=(), rule="x"), "not_your_role", by=producer)
    answered = opened.later(hours=3).after(c.AnswerQuestion(question="Q1", text="We do."), by=producer)
    assert not answered.case.clocks["question:Q1"].running
    assert answered.case.assignee == opened.case.assignee


@pytest.mark.requirement("A-03")
def test_the_days_of_all_repairs_are_added_up_and_the_second_repair_is_noticed() -> None:
    application = replace(APPLICATION, category="repair")
    started = (
        story("after_sales")
        .after(application, c.AssignCase(to="wu", department="repair"), by=LI)
        .after(c.AcceptAssignment(), c.DiagnoseFault(cause="switch"), by=WU)
        .after(c.JudgeEligibility(eligible=True, rule="within_warranty"), by=LI)
    )
    first = repaired(started)
    assert first.case.clocks["repair_in_all"].due == MONDAY + timedelta(days=35)
    again = first.later(days=10).after(c.RejectResult(new_demand="Still dark."), by=LI)
    second = again.after(c.ProposeRemedy(summary="Again.", arrangement=Arrangement.REPAIR), by=LI)
    second = second.after(c.PresentProposal(), by=SYSTEM).after(c.AcceptProposal(), by=LI)
    started_again = second.accepts(c.StartRepair(), by=WU)
    assert [reached.counter for reached in started_again.named(e.CounterReached)] == ["two_repairs"]
    assert started_again.case.clocks["repair_in_all"].due == MONDAY + timedelta(
        days=35 + 10
    )  # the ten between them do not count


def repaired(story: Story) -> Story:
    """One repair, which takes a day."""
    return (
        story.after(c.ProposeRemedy(summary="A repair.", arrangement=Arrangement.REPAIR), by=LI)
        .after(c.PresentProposal(), by=SYSTEM)
        .after(c.AcceptProposal(), by=LI)
        .after(c.StartRepair(), by=WU)
        .later(days=1)
        .after(c.ReportRepair(cause="switch", standard="house", measures="new switch", minutes=30), by=WU)
        .after(c.TestRepair(passed=True), c.DemonstrateRepair(), by=WU)
    )


@pytest.mark.requirement("H-06")
def test_complex_cases_are_reported_upward_and_technical_support_helps_with_major_ones() -> None:
    opened = story("complaint").accepts(replace(COMPLAINT, category="repair", complexity=Complexity.COMPLEX), by=LI)
    assert [(told.to, told.support) for told in opened.named(e.CaseReportedUpward)] == [
        ("lead", False),
        ("department_head", False),
    ]
    major = opened.story.accepts(c.SetComplexity(complexity=Complexity.MAJOR, reason="injury"), by=LI)
    assert [(told.to, told.support) for told in major.named(e.CaseReportedUpward)] == [
        ("management", False),
        ("technical_support", True),
    ]


@pytest.mark.requirement("T-09")
def test_only_a_pause_that_the_law_names_stops_a_limit_that_comes_from_law() -> None:
    for pack in ("short-drama", "douyin", "after-sales-ops"):
        for sheet in policies.load(pack).values():
            statute = {rule.name for rule in sheet.clocks if rule.family is Family.STATUTE}
            for pause in sheet.pauses.values():
                assert pause.kind == "statutory" or not statute & set(pause.clocks)
    paused = complaint().after(c.PauseClocks(reason="inspection"), by=LI).case
    assert paused.clocks["cn-samr-mediate"].standing
    waiting = complaint().after(c.PauseClocks(reason="waiting_for_customer"), by=LI).case
    assert waiting.clocks["solution"].standing
    assert not waiting.clocks["cn-samr-mediate"].standing


# ── Limits from law and platforms ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-08", "P-02")
@pytest.mark.parametrize(("day", "limit"), [(date(2026, 4, 14), "45wd"), (date(2026, 4, 15), "60d")])
@pytest.mark.parametrize("pack", ["short-drama", "douyin", "after-sales-ops"])
def test_the_law_of_the_day_of_receipt_holds(pack: str, day: date, limit: str) -> None:
    rules = [rule for rule in policies.load(pack)["complaint"].clocks if rule.name == "cn-samr-mediate"]
    assert [rule.limit["ordinary"] for rule in rules if rule.is_for(day)] == [limit]
    assert all(rule.family is Family.STATUTE and rule.binds == "authority" and rule.source for rule in rules)


@pytest.mark.requirement("T-08", "P-02")
@pytest.mark.parametrize(
    ("received", "due"),
    [
        (datetime(2026, 4, 14, 15, 59, tzinfo=UTC), datetime(2026, 6, 18, 10, tzinfo=UTC)),  # 45 working days
        (datetime(2026, 4, 14, 16, 0, tzinfo=UTC), datetime(2026, 6, 14, 16, tzinfo=UTC)),  # 60 days, from midnight on
    ],
)
def test_a_complaint_received_before_midnight_keeps_the_old_limit(received: datetime, due: datetime) -> None:
    case = complaint(now=received).case
    assert case.clocks["cn-samr-mediate"].due == due


@pytest.mark.requirement("T-08")
def test_several_clocks_run_at_once_each_on_its_own_calendar() -> None:
    clocks = story("complaint", "douyin").after(replace(COMPLAINT, category="goods"), by=LI).case.clocks
    calendars = {name: clock.calendar.name for name, clock in clocks.items() if clock.calendar is not None}
    assert calendars == {
        "first_response": "cn-chat",
        "solution": "round-the-clock",
        "dy-service-order": "cn-desk",
        "cn-samr-mediate": "cn",
    }
    families = {name: clock.family for name, clock in clocks.items()}
    assert (families["dy-service-order"], families["cn-samr-mediate"]) == (Family.PLATFORM, Family.STATUTE)


@pytest.mark.requirement("T-07")
def test_a_service_order_that_ends_at_night_moves_to_the_morning() -> None:
    case = story("complaint", "douyin", at(10)).after(replace(COMPLAINT, category="goods"), by=LI).case
    assert case.clocks["dy-service-order"].due == at(9, day=24)
    morning = story("complaint", "douyin", at(8)).after(replace(COMPLAINT, category="goods"), by=LI).case
    assert morning.clocks["dy-service-order"].due == at(20)


def test_the_british_limits_are_those_of_disp() -> None:
    tuesday = datetime(2026, 3, 31, 15, tzinfo=UTC)
    opened = story("complaint", "uk-disp", tuesday).after(replace(COMPLAINT, category="banking"), by=LI)
    clocks = opened.case.clocks
    # Good Friday and Easter Monday are no business days; summer time has begun.
    assert clocks["three-business-days"].due == datetime(2026, 4, 7, 16, tzinfo=UTC)
    assert clocks["final-response"].due == datetime(2026, 5, 26, 23, tzinfo=UTC)
    rules = {rule.name: rule for rule in policies.load("uk-disp")["complaint"].clocks}
    assert rules["ombudsman"].limit == {"ordinary": "6mo"}
    assert rules["ombudsman"].binds == "customer"


def test_provinces_and_cars_have_limits_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        'extends = "after-sales-ops"\nkind = "after_sales"\nversion = "1"\n'
        'include = ["cn-statutory/zhejiang", "cn-statutory/cars"]\n',
        encoding="utf-8",
    )
    rules: dict[str, ClockRule] = {rule.name: rule for rule in policies.read_sheet(path).clocks}
    assert rules["zj-answer"].limit == {"ordinary": "5d"}
    assert rules["car-answer"].limit == {"ordinary": "10wd"}
    assert "cn-refund" in rules  # the whole country's, from the pack
