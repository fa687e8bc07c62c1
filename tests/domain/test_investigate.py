"""Investigate 调查: hands, questions, evidence, findings, eligibility, decisions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import commands as c
from domain import events as e
from domain.words import Channel, NoticeKind, Outcome, Stage
from tests.domain.story import (
    APPLICATION,
    CHEN,
    DAY_ONE,
    LI,
    WANG,
    application,
    asked,
    closed,
    found,
    investigating,
    proposed,
    proposing,
    received,
    story,
)

TOMORROW = DAY_ONE + timedelta(days=1)


@pytest.mark.requirement("T-03")
def test_contact_with_the_customer_stops_the_contact_clock() -> None:
    then = investigating().accepts(c.ContactCustomer(channel=Channel.HOTLINE, note="called back"), by=WANG)
    assert "contact" in {stop.clock for stop in then.named(e.ClockStopped)}
    closed().refuses(c.ContactCustomer(channel=Channel.HOTLINE), "case_closed")


@pytest.mark.requirement("H-03")
def test_a_hand_over_is_offered_and_accepted_and_until_then_the_giver_stays_responsible() -> None:
    offer = c.OfferHandOver(to="sun", department="logistics", reason="a matter of transport")
    offered = investigating().accepts(offer, by=WANG)
    assert offered.case.responsible == "wang"
    assert offered.named(e.NoticeRequested)[0].kind is NoticeKind.HAND_OVER
    offered.story.refuses(offer, "offer_pending", by=WANG)
    offered.story.refuses(c.AcceptHandOver(), "offered_to_another", by=LI)
    sun = WANG.parse("sun:agent@logistics")
    accepted = offered.story.accepts(c.AcceptHandOver(), by=sun)
    assert (accepted.case.responsible, accepted.case.department) == ("sun", "logistics")


@pytest.mark.requirement("H-03")
def test_a_refused_hand_over_leaves_the_case_where_it_was() -> None:
    sun = WANG.parse("sun:agent@logistics")
    offered = investigating().after(c.OfferHandOver(to="sun", department="logistics", reason="transport"), by=WANG)
    offered.refuses(c.RefuseHandOver(reason=""), "field_missing", by=sun)
    assert offered.accepts(c.RefuseHandOver(reason="not ours"), by=sun).case.responsible == "wang"
    investigating().refuses(c.RefuseHandOver(reason="x"), "no_offer")
    investigating().refuses(c.AcceptHandOver(), "no_offer")


@pytest.mark.requirement("H-03")
def test_only_the_person_in_charge_or_a_lead_lets_go_of_a_case() -> None:
    offer = c.OfferHandOver(to="sun", department="logistics", reason="transport")
    investigating().refuses(offer, "not_yours", by=LI, responsible="wang")
    investigating().accepts(offer, by=CHEN)
    received().refuses(offer, "hand_over_first_assigned")


@pytest.mark.requirement("H-11", "Q-02")
def test_a_question_has_a_due_time_and_an_answer_and_the_case_stays_where_it_is() -> None:
    question = c.AskQuestion(to="expert-1", text="Can it be the cable?", due=TOMORROW)
    asked_ = investigating().accepts(question, by=WANG)
    assert asked_.named(e.QuestionAsked)[0].question == "Q1"
    assert asked_.named(e.ClockStarted)[0].due == TOMORROW
    assert asked_.case.responsible == "wang"
    then = asked_.story.accepts(c.AnswerQuestion(question="Q1", text="Yes."))
    assert then.named(e.ClockStopped)[0].clock == "question:Q1"
    then.story.refuses(c.AnswerQuestion(question="Q1", text="No."), "question_answered")
    then.story.refuses(c.AnswerQuestion(question="Q7", text="No."), "unknown_question", question="Q7")
    investigating().refuses(c.AskQuestion(to="expert-1", text="Why?", due=DAY_ONE), "due_in_past")


@pytest.mark.requirement("C-01")
def test_evidence_is_fixed_by_digest_size_and_name() -> None:
    digest = "ab" * 32
    then = investigating().accepts(c.AddEvidence(name="photo.jpg", sha256=digest, size=123))
    assert then.case.evidence == {"E1": digest}
    investigating().refuses(c.AddEvidence(name="photo.jpg", sha256="abc", size=1), "not_a_digest")
    investigating().refuses(c.AddEvidence(name="photo.jpg", sha256=digest, size=-1), "negative_number")


@pytest.mark.requirement("C-01")
def test_the_people_concerned_are_heard() -> None:
    then = investigating().accepts(c.TakeStatement(of="courier", text="The box was wet."))
    assert then.case.statements == {"S1": "courier"}
    investigating().refuses(c.TakeStatement(of="courier", text=""), "field_missing", field="text")


@pytest.mark.requirement("C-02")
def test_a_finding_names_course_cause_and_impact() -> None:
    then = investigating().accepts(
        c.RecordFinding(course="It fell.", cause="packaging", impact="one lamp"),
        e.FindingRecorded(finding="F1", course="It fell.", cause="packaging", impact="one lamp"),
    )
    assert then.case.stage is Stage.INVESTIGATE
    received().refuses(c.RecordFinding(course="x", cause="y"), "wrong_stage")


@pytest.mark.requirement("H-05")
def test_responsible_department_and_person_are_named_before_a_proposal() -> None:
    decided = found().after(c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="house-7"), by=WANG)
    decided.refuses(c.ProposeRemedy(summary="x"), "wrong_stage", missing="responsible_named")
    named = decided.accepts(c.NameResponsible(department="logistics", person="sun"))
    assert named.case.stage is Stage.PROPOSE
    named.story.refuses(c.NameResponsible(department="logistics", person="sun"), "nothing_changes")


@pytest.mark.requirement("C-11")
def test_a_decision_cites_findings_and_the_rule_it_rests_on() -> None:
    found().accepts(
        c.TakeDecision(outcome=Outcome.PARTLY_UPHELD, findings=("F1",), rule="house-7"),
        e.DecisionTaken(decision="D1", outcome=Outcome.PARTLY_UPHELD, findings=("F1",), rule="house-7"),
    )
    found().refuses(c.TakeDecision(outcome=Outcome.UPHELD, findings=(), rule="house-7"), "cite_a_finding")
    found().refuses(c.TakeDecision(outcome=Outcome.UPHELD, findings=("F9",), rule="r"), "unknown_finding", finding="F9")


@pytest.mark.requirement("H-11")
def test_an_open_question_keeps_a_complaint_in_investigation() -> None:
    waiting = found().after(c.AskQuestion(to="expert-1", text="Sure?", due=TOMORROW), by=WANG)
    waiting = waiting.after(c.NameResponsible(department="logistics", person="sun"), by=WANG)
    waiting = waiting.after(c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="house-7"), by=WANG)
    assert waiting.case.stage is Stage.INVESTIGATE
    assert waiting.after(c.AnswerQuestion(question="Q1", text="Sure.")).case.stage is Stage.PROPOSE


@pytest.mark.requirement("A-01")
def test_eligibility_is_judged_by_a_rule_of_the_sheet() -> None:
    judge = c.JudgeEligibility(eligible=False, rule="damaged_by_misuse", reason="water inside")
    assert application().accepts(judge).case.eligible is False
    application().refuses(c.JudgeEligibility(eligible=False, rule="damaged_by_misuse"), "field_missing", field="reason")
    application().refuses(c.JudgeEligibility(eligible=True, rule="full_moon"), "unknown_rule", rule="full_moon")
    application().after(judge).refuses(judge, "judged_already", rule="damaged_by_misuse")


@pytest.mark.requirement("A-02")
def test_a_repair_needs_a_diagnosis_before_an_arrangement() -> None:
    judged = application().after(c.JudgeEligibility(eligible=True, rule="within_warranty"))
    assert judged.case.stage is Stage.INVESTIGATE
    then = judged.accepts(c.DiagnoseFault(cause="switch"), e.FaultDiagnosed(cause="switch"))
    assert then.case.stage is Stage.PROPOSE
    story("after_sales").after(APPLICATION).refuses(c.DiagnoseFault(cause="switch"), "wrong_stage")


@pytest.mark.requirement("Q-01")
def test_the_article_that_answers_is_recorded_and_one_that_does_not_exist_answers_nothing() -> None:
    nothing = asked().after(c.LookUpKnowledge(query="dimming"))
    assert nothing.case.stage is Stage.INVESTIGATE
    assert nothing.after(c.LookUpKnowledge(query="dim", article="KB-1")).case.stage is Stage.PROPOSE
    asked().refuses(c.LookUpKnowledge(query=""), "field_missing", field="query")


def test_a_finding_that_a_decision_cites_is_retracted_after_that_decision() -> None:
    decided = found().after(c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="r"), by=WANG)
    entry = next(version for version, fact in decided.case.facts.items() if fact.key == "F1")
    decided.refuses(c.RetractEntry(entry=entry, reason="wrong lamp"), "finding_cited", finding="F1", decision="D1")
    then = found().accepts(c.RetractEntry(entry=entry, reason="wrong lamp"))
    assert not then.case.findings
    assert then.story.after(c.RecordFinding(course="x", cause="y")).case.findings.keys() == {"F2"}


def test_only_facts_are_retracted_and_a_stage_that_is_passed_stays_passed() -> None:
    proposing().refuses(c.RetractEntry(entry=1, reason="never happened"), "not_retractable", entry=1)


@pytest.mark.requirement("C-11", "H-05")
def test_retracting_what_let_a_case_leave_investigation_takes_it_back_there() -> None:
    entry = next(version for version, fact in proposing().case.facts.items() if fact.what == "decision")
    then = proposing().accepts(c.RetractEntry(entry=entry, reason="wrong rule"))
    assert then.case.stage is Stage.INVESTIGATE
    proposed().refuses(c.RetractEntry(entry=entry, reason="wrong rule"), "proposal_rests_on_it")
