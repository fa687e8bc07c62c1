"""Every deadline can be explained: what it follows from, day by day, and whether the ledger says the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.entry import Entry
from domain.explain import UnknownClock, clocks_of, explain, next_due
from domain.explanation import Explanation, Result
from domain.rules import ClockRule, Escalation, Family, PauseKind, PauseRule
from domain.words import Channel, Urgency
from tests.domain.story import CHEN, COMPLAINT, DAY_ONE, SYSTEM, WANG, Story, agreed
from tests.domain.test_recount import RECOMPUTE, announced, under
from tests.domain.test_recount import received as received_at_new_year

HOUSE = ClockRule(
    name="house",
    starts=("CaseReceived",),
    stops=("SatisfactionConfirmed",),
    limit={"ordinary": "40wh", "urgent": "4wh"},
    calendar="cn-house",
    warn=(50,),
    escalate=(Escalation(after="0m", to="lead"),),
    binds="agent",
    source="O3.3.2",
    requirement="T-04",
)
STATUTE = replace(
    HOUSE,
    name="statute",
    limit={"ordinary": "5wd"},
    calendar="cn",
    family=Family.STATUTE,
    from_next_day=True,
    warn=(),
    escalate=(),
)
SHEET = replace(
    policies.load()["complaint"],
    version="explained",
    clocks=(HOUSE, STATUTE),
    pauses={
        "inspection": PauseRule(
            kind=PauseKind.STATUTORY,
            clocks=("house", "statute"),
            title={"en": "Inspection", "zh": "检验"},
            source="Order 20 §20",
        ),
        "waiting_for_customer": PauseRule(kind=PauseKind.CONVENIENCE, clocks=("house",)),
    },
)


def there(day: str, clock: str) -> datetime:
    """An instant of 2026 by the clocks of Shanghai."""
    return datetime.fromisoformat(f"2026-{day}T{clock}:00+08:00").astimezone(UTC)


def at(story: Story, day: str, clock: str) -> Story:
    return replace(story, now=there(day, clock))


def explained(story: Story, clock: str) -> Explanation:
    return explain(story.entries, clock, story.papers.sheet, story.papers.pinned, story.now)


def over_labour_day() -> Story:
    """Received on the last Wednesday of April; held twice, once by the house and once by law."""
    story = at(Story(SHEET), "04-29", "10:00").after(COMPLAINT)
    story = at(story, "04-30", "10:00").after(c.PauseClocks(reason="waiting_for_customer"))
    story = at(story, "04-30", "16:00").after(c.ResumeClocks(pause="P1"))
    story = at(story, "05-07", "14:00").after(c.PauseClocks(reason="inspection"))
    return at(story, "05-08", "11:00").after(c.ResumeClocks(pause="P2"))


# ── The walk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-12", "T-07", "T-09")
def test_a_walk_over_lunch_night_weekend_holiday_make_up_day_and_two_pauses_as_worked_out_by_hand() -> None:
    """The desk is open from 9:00 to 12:00 and from 13:30 to 18:00: seven and a half hours a day."""
    found = explained(over_labour_day(), "house")
    hours = [
        (line.day.isoformat()[5:], line.why, line.counted / 3600, line.paused / 3600, line.total / 3600)
        for line in found.walk
    ]
    assert hours == [
        ("04-29", "working", 6.5, 0, 6.5),
        ("04-30", "working", 3, 4.5, 9.5),  # held from 10:00 to 16:00, over lunch
        ("05-01", "holiday", 0, 0, 9.5),
        ("05-02", "holiday", 0, 0, 9.5),
        ("05-03", "holiday", 0, 0, 9.5),
        ("05-04", "holiday", 0, 0, 9.5),
        ("05-05", "holiday", 0, 0, 9.5),
        ("05-06", "working", 7.5, 0, 17),
        ("05-07", "working", 3.5, 4, 20.5),  # held from 14:00
        ("05-08", "working", 5.5, 2, 26),  # to 11:00
        ("05-09", "make_up", 7.5, 0, 33.5),  # a Saturday
        ("05-10", "rest_day", 0, 0, 33.5),
        ("05-11", "working", 6.5, 0, 40),
    ]
    assert [line.pauses for line in found.walk if line.pauses] == [("P1",), ("P2",), ("P2",)]
    assert found.walk[2].name["zh"] == "劳动节"
    assert found.due == found.derived == there("05-11", "17:00")
    assert found.agrees


@pytest.mark.requirement("T-12", "T-08")
def test_a_limit_in_days_beside_it_is_held_by_law_alone() -> None:
    found = explained(over_labour_day(), "statute")
    counted = [line.day.isoformat()[5:] for line in found.walk if line.counted]
    assert counted == ["04-30", "05-06", "05-07", "05-09", "05-11"]
    assert [line.day.isoformat()[5:] for line in found.walk if line.paused] == ["05-08"]
    assert found.due == there("05-11", "18:00")
    assert [held.reason for held in found.holds] == ["inspection"]
    assert found.rule is not None
    assert found.rule.from_next_day


@pytest.mark.requirement("T-12", "T-09")
def test_each_pause_says_why_it_was_and_what_it_added() -> None:
    waiting, inspection = explained(over_labour_day(), "house").holds
    assert (waiting.pause, waiting.reason, waiting.kind) == ("P1", "waiting_for_customer", PauseKind.CONVENIENCE)
    assert (waiting.since, waiting.until) == (there("04-30", "10:00"), there("04-30", "16:00"))
    # Four and a half working hours, four of which are left on Saturday at 14:00; then six more, over lunch.
    assert waiting.added == there("05-11", "09:30") - there("05-09", "14:00")
    assert inspection.added == there("05-11", "17:00") - there("05-11", "09:30")
    assert (inspection.title["zh"], inspection.source) == ("检验", "Order 20 §20")
    assert not waiting.flagged


@pytest.mark.requirement("T-12", "T-09")
def test_pauses_that_overlap_add_once() -> None:
    story = at(Story(SHEET), "05-06", "09:00").after(COMPLAINT)
    story = at(story, "05-06", "10:00").after(c.PauseClocks(reason="waiting_for_customer"))
    story = at(story, "05-06", "10:30").after(c.ReceiveMessage(channel=Channel.EMAIL, text="喂？"))
    story = at(story, "05-06", "11:00").after(c.PauseClocks(reason="inspection"), c.ResumeClocks(pause="P1"))
    story = at(story, "05-06", "12:00").after(c.ResumeClocks(pause="P2"))
    first, second = explained(story, "house").holds
    # Without them it is due on the twelfth at 11:30; of the second, what overlaps was counted with the first.
    assert first.added == there("05-12", "14:00") - there("05-12", "11:30")
    assert second.added == timedelta(hours=1)
    assert first.flagged
    assert not second.flagged


# ── Where it comes from ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-12")
def test_it_names_the_entry_that_started_it_the_rule_and_the_calendar() -> None:
    found = explained(over_labour_day(), "house")
    assert found.because is not None
    assert (found.because.event, found.because.version, found.because.by) == ("CaseReceived", 1, "li")
    assert found.started_at == there("04-29", "10:00")
    rule, calendar = found.rule, found.calendar
    assert rule is not None
    assert (rule.sheet, rule.sheet_version, rule.source, rule.requirement) == (
        "complaint",
        "explained",
        "O3.3.2",
        "T-04",
    )
    assert (found.limit, rule.column, found.binds, found.family) == ("40wh", "ordinary", "agent", Family.HOUSE)
    assert calendar is not None
    assert (calendar.name, calendar.time_zone) == ("cn-house", "Asia/Shanghai")
    assert [(year.year, year.announced) for year in calendar.years] == [(2026, True)]
    assert "国办发明电〔2025〕7号" in calendar.years[0].source


@pytest.mark.requirement("T-12", "C-09")
def test_it_says_which_column_chose_the_limit() -> None:
    story = at(Story(SHEET), "05-06", "09:00").after(replace(COMPLAINT, urgency=Urgency.URGENT))
    found = explained(story, "house")
    assert found.rule is not None
    assert (found.rule.column, found.limit) == ("urgent", "4wh")
    assert explained(story, "statute").rule.column == "ordinary"  # type: ignore[union-attr]


@pytest.mark.requirement("T-12")
def test_every_move_is_told_with_its_cause() -> None:
    first, second = explained(over_labour_day(), "house").moves
    assert (first.cause, first.before, first.due) == ("resumed", there("05-09", "14:00"), there("05-11", "09:30"))
    assert (second.before, second.due) == (first.due, there("05-11", "17:00"))
    assert second.because is not None
    assert second.because.event == "ClocksResumed"


@pytest.mark.requirement("T-12", "C-09")
def test_what_had_passed_when_it_was_counted_anew_was_due_at_once_and_that_is_said() -> None:
    story = at(Story(SHEET), "05-06", "09:00").after(COMPLAINT)
    story = at(story, "05-07", "10:00").after(c.SetUrgency(urgency=Urgency.URGENT, reason="child"))
    found = explained(story, "house")
    assert found.derived == there("05-06", "14:30")
    assert found.due == there("05-07", "10:00")
    assert found.at_once
    assert found.agrees
    assert found.moves[0].because.event == "UrgencySet"  # type: ignore[union-attr]


@pytest.mark.requirement("T-12", "T-07")
def test_a_provisional_deadline_names_the_year_that_is_not_announced() -> None:
    story = received_at_new_year()
    found = explained(story, "answer")
    assert found.provisional
    assert found.calendar is not None
    assert [(year.year, year.announced) for year in found.calendar.years] == [(2026, True), (2027, False)]


@pytest.mark.requirement("T-12", "T-07")
def test_it_is_derived_on_the_version_of_the_calendar_that_the_entry_names() -> None:
    before = under(received_at_new_year(), announced(off=("2027-01-04",)))
    assert explained(before, "answer").agrees  # not asked to count anew yet
    after = before.after(RECOMPUTE, by=SYSTEM)
    found = explained(after, "answer")
    assert found.agrees
    assert not found.provisional
    assert found.calendar is not None
    assert found.calendar.version == "2027"
    assert (found.moves[0].cause, found.moves[0].because) == ("calendar", None)


@pytest.mark.requirement("T-12", "P-02")
def test_it_is_derived_under_the_version_of_the_policy_that_it_was_counted_with() -> None:
    stricter = replace(SHEET, version="stricter", clocks=(replace(HOUSE, limit={"ordinary": "8wh"}), STATUTE))
    story = at(Story(SHEET), "05-06", "09:00").after(COMPLAINT)
    story = replace(story, sheet=stricter, shelf=story.shelf.with_sheets([SHEET]))
    assert explained(story, "house").limit == "40wh"
    moved = story.after(c.MoveToPolicy(version="stricter", reason="asked for"), by=CHEN)
    found = explained(moved, "house")
    assert found.agrees
    assert (found.limit, found.rule.sheet_version) == ("8wh", "stricter")  # type: ignore[union-attr]


@pytest.mark.requirement("T-12")
def test_an_entry_that_does_not_follow_from_its_rule_is_called_so() -> None:
    story = over_labour_day()
    entries = tuple(_an_hour_later(entry) for entry in story.entries)
    found = explain(entries, "house", story.papers.sheet, story.papers.pinned, story.now)
    assert not found.agrees
    assert (found.due, found.derived) == (there("05-11", "18:00"), there("05-11", "17:00"))


def _an_hour_later(entry: Entry) -> Entry:
    event = entry.event
    moved = isinstance(event, e.DeadlineMoved | e.ClockStarted)
    return replace(entry, event=replace(event, due=event.due + timedelta(hours=1))) if moved else entry  # type: ignore[type-var, attr-defined]


# ── What became of it ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-12", "T-10", "T-11")
def test_what_was_raised_late_says_how_late_it_was_found() -> None:
    story = at(Story(SHEET), "05-06", "09:00").after(COMPLAINT)
    story = at(story, "05-20", "09:00").after(c.AddNote(text="the system was down"), by=WANG)
    found = explained(story, "house")
    (breach,) = found.breaches
    assert found.due == there("05-12", "11:30")
    assert (breach.due, breach.late) == (found.due, story.now - found.due)
    warning, escalation = found.steps
    assert warning.raised is not None
    assert warning.raised.happened_at == warning.at == there("05-08", "15:30")
    assert warning.late == story.now - warning.at
    assert (escalation.to, escalation.late) == ("lead", story.now - found.due)
    assert found.result is Result.OVERDUE
    assert found.left == found.due - story.now


@pytest.mark.requirement("T-12")
def test_a_running_clock_says_what_is_left_and_what_of_it_is_working_time() -> None:
    story = at(Story(SHEET), "05-06", "09:00").after(COMPLAINT)
    found = explained(at(story, "05-11", "17:00"), "house")
    assert found.result is Result.RUNNING
    assert found.left == there("05-12", "11:30") - there("05-11", "17:00")
    assert found.working_left == timedelta(hours=3.5)
    assert [step.raised for step in found.steps] == [None, None]


@pytest.mark.requirement("T-12", "T-09")
def test_a_clock_that_stands_still_shows_how_far_it_came_and_when_it_would_be_due() -> None:
    story = at(Story(SHEET), "05-06", "09:00").after(COMPLAINT)
    story = at(story, "05-06", "14:30").after(c.PauseClocks(reason="inspection"))
    found = explained(at(story, "05-09", "14:30"), "house")
    assert found.result is Result.STANDING
    assert found.walk[-1].total == 4 * 3600
    assert found.if_resumed == there("05-15", "11:30")  # 36 hours: 3.5, then 7.5 on four days, and 2.5
    assert found.working_left == timedelta(hours=36)
    assert found.holds[0].added is None


@pytest.mark.requirement("T-12")
def test_a_clock_that_was_stopped_says_by_how_much_it_was_kept_or_late() -> None:
    kept = explained(agreed().later(days=1).after(c.CompleteMeasure(measure="M1"), by=WANG), "measure:M1#1")
    assert kept.result is Result.KEPT
    assert kept.left == timedelta(days=2)
    late = explained(agreed().later(days=4).after(c.CompleteMeasure(measure="M1"), by=WANG), "measure:M1#1")
    assert late.result is Result.LATE
    assert late.left == -timedelta(days=1)
    assert late.ended_by is not None
    assert late.ended_by.event == "MeasureCompleted"


@pytest.mark.requirement("T-12")
def test_a_due_time_that_a_person_named_says_who_did() -> None:
    measure = explained(agreed(), "measure:M1#1")
    assert measure.named is not None
    assert (measure.named.event, measure.named.by) == ("RemedyProposed", "wang")
    assert measure.because is not None
    assert measure.because.event == "ProposalAccepted"
    ask = c.AskQuestion(to="sun", text="Who packed it?", due=DAY_ONE + timedelta(days=2))
    question = explained(agreed().after(ask, by=CHEN), "question:Q1")
    assert question.named is not None
    assert (question.named.by, question.binds) == ("chen", "sun")
    assert question.agrees
    assert (question.rule, question.derived, question.walk) == (None, None, ())


@pytest.mark.requirement("T-12", "T-11")
def test_a_breach_that_was_corrected_stays_in_the_explanation() -> None:
    quick = replace(HOUSE, limit={"ordinary": "1wh"}, warn=(), stops=("CustomerContacted",))
    story = at(Story(replace(SHEET, clocks=(quick,))), "05-06", "09:00").after(COMPLAINT)
    story = at(story, "05-06", "10:30").after(c.CheckClocks(), by=SYSTEM)
    reported = story.accepts(c.ContactCustomer(channel=Channel.HOTLINE), happened_at=there("05-06", "09:45")).story
    found = explained(reported, "house")
    assert found.result is Result.KEPT
    assert found.breaches[0].corrected is not None
    assert found.left == timedelta(minutes=15)


@pytest.mark.requirement("T-12")
def test_a_clock_that_was_started_again_tells_its_earlier_lives() -> None:
    story = agreed().after(c.CompleteMeasure(measure="M1"), c.ConfirmSatisfaction(), by=WANG)
    story = story.later(days=2).after(c.RejectResult(new_demand="again"))
    found = explained(story, "solution")
    (earlier,) = found.earlier
    assert (earlier.started_at, earlier.ended_at, earlier.breached) == (DAY_ONE, DAY_ONE, False)
    assert found.started_at == DAY_ONE + timedelta(days=2)


def test_the_clock_that_people_ask_about_first_is_the_next_one_due() -> None:
    story = at(Story(SHEET), "05-06", "09:00").after(COMPLAINT)
    assert clocks_of(story.case) == ("house", "statute")
    paused = at(story, "05-06", "10:00").after(c.PauseClocks(reason="waiting_for_customer"))
    assert next_due(paused.case) == "statute"
    assert next_due(paused.after(c.WithdrawCase(reason="found it")).case)
    assert next_due(Story(SHEET).case) == ""


def test_a_clock_that_the_case_does_not_have_is_unknown() -> None:
    with pytest.raises(UnknownClock):
        explained(over_labour_day(), "lunch")
