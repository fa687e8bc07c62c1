"""Close 结案 and review 复盘: endings, written result, warranty, survey, report, improvement, reopening."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import commands as c
from domain import events as e
from domain.words import Arrangement, Channel, Ending, Outcome, PartQuality, Stage
from tests.domain.story import (
    CHEN,
    DAY_ONE,
    REPORT,
    SYSTEM,
    WANG,
    WU,
    agreed,
    answered,
    application,
    arranged,
    closed,
    found,
    investigating,
    over,
    presented,
    received,
    satisfied,
    story,
    surveyed,
)

NEXT_MONTH = DAY_ONE + timedelta(days=30)


@pytest.mark.requirement("C-05")
def test_no_case_is_closed_as_resolved_without_the_customers_consent() -> None:
    resolved = c.CloseCase(ending=Ending.RESOLVED, reason="done")
    for situation in (received, investigating, found, presented, agreed):
        assert "satisfaction_confirmed" in situation().refuses(resolved, "no_consent", by=CHEN).sentence
    then = satisfied().accepts(resolved)
    assert then.case.ending is Ending.RESOLVED
    assert then.case.stage is Stage.REVIEW


@pytest.mark.requirement("C-05")
def test_a_case_ends_without_an_answer_only_after_the_reminders() -> None:
    silent = c.CloseCase(ending=Ending.NO_ANSWER, reason="silence")
    presented().refuses(silent, "reminders_first", wanted=2, reminders=0)
    reminded = presented().later(days=3).after(c.RemindCustomer(), by=SYSTEM)
    reminded = reminded.later(days=3).after(c.RemindCustomer(), by=SYSTEM)
    assert reminded.accepts(silent).case.ending is Ending.NO_ANSWER


@pytest.mark.requirement("C-05", "H-01")
def test_unfounded_needs_a_decision_and_a_lead() -> None:
    unfounded = c.CloseCase(ending=Ending.UNFOUNDED, reason="never delivered by us")
    found().refuses(unfounded, "unfounded_needs_decision", by=CHEN)
    decided = found().after(c.TakeDecision(outcome=Outcome.NOT_UPHELD, findings=("F1",), rule="r"), by=WANG)
    decided.refuses(unfounded, "ending_not_open", by=WANG, roles="lead, department_head")
    assert decided.accepts(unfounded, by=CHEN).case.ending is Ending.UNFOUNDED


@pytest.mark.requirement("A-01", "C-05")
def test_an_application_that_is_not_eligible_ends_so_with_its_reason() -> None:
    ending = c.CloseCase(ending=Ending.NOT_ELIGIBLE, reason="misuse")
    application().refuses(ending, "eligible_after_all")
    judged = application().after(c.JudgeEligibility(eligible=False, rule="damaged_by_misuse", reason="water"))
    judged.refuses(c.CloseCase(ending=Ending.NOT_ELIGIBLE), "reason_required")
    then = judged.accepts(ending)
    assert then.case.ending is Ending.NOT_ELIGIBLE
    assert then.named(e.WrittenResultRequested)


def test_withdrawal_and_referral_have_their_own_commands() -> None:
    received().refuses(c.CloseCase(ending=Ending.WITHDRAWN, reason="x"), "use_other_command", command="withdraw_case")
    received().refuses(c.CloseCase(ending=Ending.REFERRED, reason="x"), "use_other_command", command="refer_case")


@pytest.mark.requirement("C-05")
def test_the_customer_withdraws_at_any_stage_with_a_reason() -> None:
    for situation in (received, investigating, presented, satisfied):
        then = situation().accepts(c.WithdrawCase(reason="found the lamp"), e.CaseWithdrawn(reason="found the lamp"))
        assert then.case.ending is Ending.WITHDRAWN
    received().refuses(c.WithdrawCase(reason=""), "field_missing", field="reason")
    closed().refuses(c.WithdrawCase(reason="x"), "case_closed")


@pytest.mark.requirement("C-05")
def test_a_lead_refers_a_case_to_an_outside_body() -> None:
    refer = c.ReferCase(body="12315", reference="R-9", reason="consumer council asked for it")
    assert investigating().accepts(refer, by=CHEN).case.referred_to == "12315"
    investigating().refuses(refer, "ending_not_open", by=WANG)
    investigating().refuses(c.ReferCase(body=""), "field_missing", by=CHEN)


@pytest.mark.requirement("C-07")
def test_every_closing_is_told_in_writing_after_its_ending_is_known() -> None:
    then = satisfied().accepts(c.CloseCase(reason="replaced"))
    names = [type(event) for event in then.events]
    assert names.index(e.CaseClosed) < names.index(e.WrittenResultRequested)
    then.story.refuses(c.RequestWrittenResult(), "written_result_requested")
    satisfied().refuses(c.RequestWrittenResult(), "not_closed")


@pytest.mark.requirement("C-07")
def test_where_the_sheet_does_not_promise_it_the_written_result_is_asked_for() -> None:
    inquiry = answered().after(c.AcceptProposal(), c.CloseCase())
    then = inquiry.accepts(c.RequestWrittenResult())
    assert then.named(e.WrittenResultRequested)
    story("inquiry").refuses(c.RequestWrittenResult(), "not_received")


@pytest.mark.requirement("C-07")
def test_the_written_result_is_kept_as_sent() -> None:
    number = closed().case.written_result
    sent = c.ConfirmSending(notice=number, reference="letter-1", sha256="ab" * 32)
    after = closed().accepts(sent, by=SYSTEM)
    assert isinstance(after.events[0], e.WrittenResultSent)
    after.story.refuses(sent, "notice_settled", by=SYSTEM)
    after.story.refuses(c.ConfirmSending(notice="N99", reference="x", sha256="y"), "unknown_notice", by=SYSTEM)


def test_a_notice_that_cannot_be_sent_is_left_to_a_person() -> None:
    asked = received().after(c.AcknowledgeReceipt(), by=SYSTEM)
    then = asked.accepts(c.ReportSendingFailed(notice="N1", code="no_address"), by=SYSTEM)
    assert then.case.notices["N1"].failed
    asked.refuses(c.ReportSendingFailed(notice="N9", code="x"), "unknown_notice", by=SYSTEM)


@pytest.mark.requirement("C-06")
def test_a_notice_that_failed_is_sent_again_when_somebody_has_looked_after_it() -> None:
    asked = received().after(c.AcknowledgeReceipt(), by=SYSTEM)
    asked.refuses(c.ResendNotice(notice="N1"), "notice_not_failed", notice="N1")
    failed = asked.after(c.ReportSendingFailed(notice="N1", code="no_address"), by=SYSTEM)
    then = failed.accepts(c.ResendNotice(notice="N1"))
    assert then.named(e.NoticeRequested)[0].replaces == "N1"
    assert [number for number, notice in then.case.notices.items() if not notice.sent] == ["N2"]
    then.story.refuses(c.ResendNotice(notice="N1"), "notice_settled", notice="N1")


@pytest.mark.requirement("A-03")
def test_the_warranty_on_a_repair_begins_with_the_closing() -> None:
    repair = arranged(Arrangement.REPAIR).after(
        c.StartRepair(),
        c.ReplacePart(part="switch", quality=PartQuality.ORIGINAL),
        c.ReportRepair(cause="switch", standard="GB-1", measures="new switch", minutes=40),
        by=WU,
    )
    repair = repair.after(c.TestRepair(passed=True), c.DemonstrateRepair(), c.ConfirmSatisfaction())
    then = repair.accepts(c.CloseCase(reason="repaired"))
    assert then.named(e.WarrantyGranted) == [
        e.WarrantyGranted(serial_number="SN-9", until=DAY_ONE + timedelta(days=90))
    ]


@pytest.mark.requirement("R-01")
def test_the_customer_is_invited_once_rates_and_is_heard_by_phone_too() -> None:
    closed().accepts(c.InviteSurvey(), e.SurveyInvited(lapse_at=DAY_ONE + timedelta(days=14)), by=SYSTEM)
    surveyed().refuses(c.InviteSurvey(), "survey_invited")
    presented().refuses(c.InviteSurvey(), "not_closed")
    assert surveyed().accepts(c.AnswerSurvey(process=5, result=3, attitude=4)).case.survey.score == 3  # type: ignore[union-attr]
    closed().accepts(c.AnswerSurvey(process=4, result=4, attitude=4))
    surveyed().refuses(c.AnswerSurvey(process=6, result=3, attitude=4), "score_range")
    presented().refuses(c.AnswerSurvey(process=4, result=3, attitude=4), "not_closed")
    over().refuses(c.AnswerSurvey(process=4, result=3, attitude=4), "survey_answered")


def test_a_survey_lapses_when_its_time_is_up_and_not_before() -> None:
    surveyed().refuses(c.LapseSurvey(), "survey_not_due", by=SYSTEM)
    lapsed = surveyed().later(days=14).after(c.LapseSurvey(), by=SYSTEM)
    lapsed.refuses(c.LapseSurvey(), "survey_lapsed", by=SYSTEM)
    closed().refuses(c.LapseSurvey(), "no_survey", by=SYSTEM)
    assert surveyed().later(days=14).accepts(c.LapseSurvey(), e.SurveyLapsed(), by=SYSTEM).case.survey is not None


@pytest.mark.requirement("R-02", "R-04")
def test_a_low_score_asks_for_an_improvement_and_the_review_waits_for_it() -> None:
    low = surveyed().after(REPORT).accepts(c.AnswerSurvey(process=5, result=1, attitude=4))
    assert low.named(e.ImprovementRequested) == [e.ImprovementRequested(score=1)]
    assert not low.case.over
    action = c.OpenImprovement(action="more foam", owner="sun", due=NEXT_MONTH)
    opened = low.story.accepts(action)
    assert not opened.case.over
    opened.story.refuses(c.CompleteImprovement(improvement="I7", effect="x"), "unknown_improvement")
    done = opened.story.accepts(c.CompleteImprovement(improvement="I1", effect="no breakage in May"))
    assert isinstance(done.events[-1], e.ReviewCompleted)
    done.story.refuses(c.CompleteImprovement(improvement="I1", effect="x"), "improvement_completed")
    low.story.refuses(c.OpenImprovement(action="x", owner="sun", due=DAY_ONE), "due_in_past")


@pytest.mark.requirement("R-03")
def test_every_complaint_has_a_case_report_before_its_review_is_complete() -> None:
    rated = surveyed().after(c.AnswerSurvey(process=5, result=5, attitude=5))
    assert not rated.case.over
    then = rated.accepts(REPORT)
    assert then.case.over
    then.story.refuses(REPORT, "reported_already")
    presented().refuses(REPORT, "not_closed")


@pytest.mark.requirement("C-08")
def test_a_closed_case_is_reopened_into_a_new_round_of_investigation() -> None:
    for situation in (closed, over):
        then = situation().accepts(c.ReopenCase(reason="broke again"))
        assert (then.case.stage, then.case.round) == (Stage.INVESTIGATE, 2)
        assert not then.case.over
        assert not then.case.closed
    presented().refuses(c.ReopenCase(reason="x"), "not_closed")
    closed().refuses(c.ReopenCase(reason=""), "field_missing", field="reason")


@pytest.mark.requirement("C-08", "A-01")
def test_a_reopened_application_is_judged_again() -> None:
    judged = application().after(c.JudgeEligibility(eligible=False, rule="damaged_by_misuse", reason="water"))
    again = judged.after(c.CloseCase(ending=Ending.NOT_ELIGIBLE, reason="misuse")).after(c.ReopenCase(reason="appeal"))
    assert again.case.stage is Stage.INVESTIGATE
    again.accepts(c.JudgeEligibility(eligible=False, rule="damaged_by_misuse", reason="still wet"))
    again.accepts(c.JudgeEligibility(eligible=True, rule="within_warranty"))


@pytest.mark.requirement("C-08")
def test_a_reopened_complaint_is_investigated_again_to_its_end() -> None:
    again = over().after(c.ReopenCase(reason="broke again"))
    again = again.after(
        c.RecordFinding(course="again", cause="design"),
        c.TakeDecision(outcome=Outcome.UPHELD, findings=("F2",), rule="house-7"),
        c.ProposeRemedy(summary="money", measures=(c.Measure(text="pay", owner="li"),)),
        c.AcceptProposal(),
        c.CompleteMeasure(measure="M1"),
        c.ConfirmSatisfaction(),
        c.CloseCase(reason="paid"),
        c.ReportCase(cause="design", course="x", result="y", lessons="z"),
        by=WANG,
    )
    again = again.after(c.InviteSurvey(), c.AnswerSurvey(process=3, result=3, attitude=3))
    assert again.case.over


@pytest.mark.requirement("L-08", "C-06")
def test_notes_and_progress_at_any_time() -> None:
    over().accepts(c.AddNote(text="customer sent flowers"), e.NoteAdded(text="customer sent flowers"))
    over().refuses(c.AddNote(text=""), "field_missing")
    assert investigating().accepts(c.TellProgress(text="We are looking.")).named(e.NoticeRequested)
    investigating().refuses(c.TellProgress(text=""), "field_missing")


def test_check_clocks_adds_nothing_of_its_own() -> None:
    assert received().accepts(c.CheckClocks(), by=SYSTEM).events == []
    story("complaint").accepts(c.CheckClocks(), by=SYSTEM)


@pytest.mark.requirement("C-08")
def test_a_customer_is_followed_up_after_the_closing() -> None:
    call = c.FollowUpCustomer(channel=Channel.HOTLINE, note="all well")
    then = closed().accepts(call, e.CustomerFollowedUp(channel=Channel.HOTLINE, note="all well"), by=WANG)
    assert then.case.seen["CustomerFollowedUp"].times == 1
    satisfied().refuses(call, "not_closed", by=WANG)
