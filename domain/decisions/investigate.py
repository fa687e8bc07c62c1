"""Investigate 调查: contact, hear, ask, find the cause, judge, decide; and who has the case meanwhile."""

from __future__ import annotations

import re
from typing import Any

from domain import commands as c
from domain import events as e
from domain.actor import Role
from domain.case import Case
from domain.clocks import reported_at
from domain.context import Context
from domain.decisions.conditions import given, in_future, in_stage, is_open, mine, not_negative, notice, sheet_of
from domain.message import Command, Event
from domain.refusal import Refused
from domain.words import Audience, NoticeKind, Stage

_DIGEST = re.compile("[0-9a-f]{64}")
_MEDIA_TYPE = re.compile("[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,120}")
_AFTER_RECEIVE = (Stage.INVESTIGATE, Stage.PROPOSE, Stage.CONFIRM, Stage.CLOSE)


def contact_customer(case: Case, command: c.ContactCustomer, context: Context) -> list[Event]:
    is_open(case)
    return [e.CustomerContacted(at=reported_at(case, command, context), channel=command.channel, note=command.note)]


def offer_hand_over(case: Case, command: c.OfferHandOver, context: Context) -> list[Event]:
    is_open(case)
    given(to=command.to, department=command.department, reason=command.reason)
    if not case.assignee:
        raise Refused("hand_over_first_assigned")
    mine(case, context)
    if case.hand_over is not None:
        raise Refused("offer_pending", to=case.hand_over.to)
    if command.to == case.assignee:
        raise Refused("nothing_changes")
    offered = e.HandOverOffered(
        giver=case.assignee, to=command.to, department=command.department, reason=command.reason, at=context.now
    )
    return [offered, notice(case, context, NoticeKind.HAND_OVER, command.to, Audience.STAFF)]


def _hand_over_to_me(case: Case, context: Context) -> str:
    is_open(case)
    if case.hand_over is None:
        raise Refused("no_offer")
    if case.hand_over.to != context.actor.id:
        raise Refused("offered_to_another", to=case.hand_over.to)
    return case.hand_over.department


def accept_hand_over(case: Case, command: c.AcceptHandOver, context: Context) -> list[Event]:
    return [e.HandOverAccepted(department=_hand_over_to_me(case, context), by=context.actor.id)]


def refuse_hand_over(case: Case, command: c.RefuseHandOver, context: Context) -> list[Event]:
    _hand_over_to_me(case, context)
    given(reason=command.reason)
    return [e.HandOverRefused(by=context.actor.id, reason=command.reason)]


def move_to_substitute(case: Case, command: c.MoveToSubstitute, context: Context) -> list[Event]:
    """By plan, without an offer: whoever would make it is not there (H-07).

    What was only offered to them is offered to the substitute instead. Nothing is done for a case that others have.
    """
    is_open(case)
    given(person=command.person, to=command.to, department=command.department, plan=command.plan)
    if case.responsible != command.person:
        return _offered_to_substitute(case, command, context)
    if command.to == command.person:
        raise Refused("nothing_changes")
    moved = e.MovedToSubstitute(
        giver=case.responsible,
        giver_department=case.department,
        to=command.to,
        department=command.department,
        plan=command.plan,
    )
    return [moved, notice(case, context, NoticeKind.SUBSTITUTE, command.to, Audience.STAFF)]


def _offered_to_substitute(case: Case, command: c.MoveToSubstitute, context: Context) -> list[Event]:
    told = notice(case, context, NoticeKind.HAND_OVER, command.to, Audience.STAFF)
    if case.assignment is not None and case.assignment.to == command.person:
        again = e.CaseAssigned(to=command.to, department=command.department, at=context.now, rule=command.plan)
        return [again, told]
    if case.hand_over is not None and case.hand_over.to == command.person:
        offered = e.HandOverOffered(
            giver=case.hand_over.giver,
            to=command.to,
            department=command.department,
            reason=command.plan,
            at=context.now,
        )
        return [offered, told]
    return []


def move_back(case: Case, command: c.MoveBack, context: Context) -> list[Event]:
    """Only what was moved by this plan; a case that is closed, or was handed on meanwhile by people, stays (H-07)."""
    home = case.substitution
    if case.closed or home is None or home.plan != command.plan:
        return []
    moved = e.MovedBack(to=home.person, department=home.department, plan=command.plan)
    return [moved, notice(case, context, NoticeKind.SUBSTITUTE, home.person, Audience.STAFF)]


def ask_question(case: Case, command: c.AskQuestion, context: Context) -> list[Event]:
    is_open(case)
    given(to=command.to, text=command.text)
    in_future(command.due, context)
    asked = e.QuestionAsked(
        question=case.next_number("Q"),
        to=command.to,
        department=command.department,
        text=command.text,
        due=command.due,
    )
    return [asked, notice(case, context, NoticeKind.QUESTION, command.to, Audience.STAFF)]


def answer_question(case: Case, command: c.AnswerQuestion, context: Context) -> list[Event]:
    is_open(case)
    given(text=command.text)
    question = case.questions.get(command.question)
    if question is None:
        raise Refused("unknown_question", question=command.question)
    if question.answered:
        raise Refused("question_answered", question=command.question)
    return [e.QuestionAnswered(question=command.question, text=command.text)]


def add_evidence(case: Case, command: c.AddEvidence, context: Context) -> list[Event]:
    is_open(case)
    given(name=command.name)
    not_negative(size=command.size)
    if not _DIGEST.fullmatch(command.sha256) or (command.stored_as and not _DIGEST.fullmatch(command.stored_as)):
        raise Refused("not_a_digest")
    for media_type in filter(None, (command.media_type, command.claimed_type)):
        if not _MEDIA_TYPE.fullmatch(media_type):
            raise Refused("not_a_media_type")
    evidence = e.EvidenceAdded(
        evidence=case.next_number("E"),
        name=command.name,
        sha256=command.sha256,
        size=command.size,
        given_by=command.given_by,
        media_type=command.media_type,
        claimed_type=command.claimed_type,
        stored_as=command.stored_as,
    )
    return [evidence]


def quarantine_evidence(case: Case, command: c.QuarantineEvidence, context: Context) -> list[Event]:
    """At any time, also after the closing: a file does not become harmless by that (C-01)."""
    _known_evidence(case, command.evidence)
    if command.evidence in (*case.quarantined, *case.purged):
        return []
    return [e.EvidenceQuarantined(evidence=command.evidence, verdict=command.verdict, detail=command.detail)]


RELEASING = (Role.INSPECTOR, Role.LEAD, Role.DEPARTMENT_HEAD)
"""Who may release from quarantine where the sheet does not say."""


def release_evidence(case: Case, command: c.ReleaseEvidence, context: Context) -> list[Event]:
    """Only somebody who answers for it, and says why (C-01)."""
    _known_evidence(case, command.evidence)
    if "release_evidence" not in sheet_of(context).may and not {*RELEASING, Role.SYSTEM} & {*context.actor.roles}:
        raise Refused("not_your_role", command="release_evidence", roles=", ".join(RELEASING))
    given(reason=command.reason)
    if command.evidence not in case.quarantined:
        raise Refused("not_quarantined", evidence=command.evidence)
    return [e.EvidenceReleased(evidence=command.evidence, reason=command.reason)]


def purge_evidence(case: Case, command: c.PurgeEvidence, context: Context) -> list[Event]:
    """The fact comes first; whoever asked for it deletes the file then (L-04)."""
    _known_evidence(case, command.evidence)
    given(cause=command.cause)
    if command.evidence in case.purged:
        return []
    return [e.EvidencePurged(evidence=command.evidence, cause=command.cause)]


def _known_evidence(case: Case, number: str) -> None:
    """It was added once, though it may have been retracted since."""
    if not case.received:
        raise Refused("not_received")
    if not re.fullmatch("E[1-9][0-9]{0,8}", number) or int(number[1:]) > case.counts.get("E", 0):
        raise Refused("unknown_evidence", evidence=number)


def take_statement(case: Case, command: c.TakeStatement, context: Context) -> list[Event]:
    is_open(case)
    given(of=command.of, text=command.text)
    return [e.StatementTaken(statement=case.next_number("S"), of=command.of, text=command.text)]


def record_finding(case: Case, command: c.RecordFinding, context: Context) -> list[Event]:
    in_stage(case, command, context, *_AFTER_RECEIVE)
    given(course=command.course, cause=command.cause)
    number = case.next_number("F")
    return [e.FindingRecorded(finding=number, course=command.course, cause=command.cause, impact=command.impact)]


def name_responsible(case: Case, command: c.NameResponsible, context: Context) -> list[Event]:
    in_stage(case, command, context, *_AFTER_RECEIVE)
    given(department=command.department, person=command.person)
    if (case.responsible_department, case.responsible_person) == (command.department, command.person):
        raise Refused("nothing_changes")
    return [e.ResponsibleNamed(department=command.department, person=command.person)]


def judge_eligibility(case: Case, command: c.JudgeEligibility, context: Context) -> list[Event]:
    in_stage(case, command, context, Stage.INVESTIGATE)
    given(rule=command.rule)
    rules = sheet_of(context).eligibility_rules
    if rules and command.rule not in rules:
        raise Refused("unknown_rule", rule=command.rule, rules=", ".join(rules))
    judged = (case.eligible, case.eligibility_rule) if case.eligibility_round >= case.inquiry_round else (None, "")
    if judged == (command.eligible, command.rule):
        raise Refused("judged_already", rule=case.eligibility_rule)
    if not command.eligible:
        given(reason=command.reason)
    return [e.EligibilityJudged(eligible=command.eligible, rule=command.rule, reason=command.reason)]


def diagnose_fault(case: Case, command: c.DiagnoseFault, context: Context) -> list[Event]:
    in_stage(case, command, context, Stage.INVESTIGATE)
    given(cause=command.cause)
    return [e.FaultDiagnosed(cause=command.cause, diagnosis=command.diagnosis)]


def look_up_knowledge(case: Case, command: c.LookUpKnowledge, context: Context) -> list[Event]:
    in_stage(case, command, context, Stage.INVESTIGATE)
    given(query=command.query)
    return [e.KnowledgeLookedUp(query=command.query, article=command.article)]


def take_decision(case: Case, command: c.TakeDecision, context: Context) -> list[Event]:
    in_stage(case, command, context, Stage.INVESTIGATE, Stage.PROPOSE)
    given(rule=command.rule)
    if not command.findings:
        raise Refused("cite_a_finding")
    for finding in command.findings:
        if finding not in case.findings:
            raise Refused("unknown_finding", finding=finding)
    decision = e.DecisionTaken(
        decision=case.next_number("D"),
        outcome=command.outcome,
        findings=command.findings,
        rule=command.rule,
        reasons=command.reasons,
    )
    return [decision]


DECISIONS: dict[type[Command], Any] = {
    c.ContactCustomer: contact_customer,
    c.OfferHandOver: offer_hand_over,
    c.AcceptHandOver: accept_hand_over,
    c.RefuseHandOver: refuse_hand_over,
    c.MoveToSubstitute: move_to_substitute,
    c.MoveBack: move_back,
    c.AskQuestion: ask_question,
    c.AnswerQuestion: answer_question,
    c.AddEvidence: add_evidence,
    c.QuarantineEvidence: quarantine_evidence,
    c.ReleaseEvidence: release_evidence,
    c.PurgeEvidence: purge_evidence,
    c.TakeStatement: take_statement,
    c.RecordFinding: record_finding,
    c.NameResponsible: name_responsible,
    c.JudgeEligibility: judge_eligibility,
    c.DiagnoseFault: diagnose_fault,
    c.LookUpKnowledge: look_up_knowledge,
    c.TakeDecision: take_decision,
}
