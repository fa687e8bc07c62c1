"""The fold: what each event changes in a case. It never refuses, whatever the rules of today say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from domain import events as e
from domain.case import (
    Case,
    Clock,
    Decision,
    Fact,
    Finding,
    Intake,
    Notice,
    Offer,
    Paused,
    PlannedMeasure,
    Proposal,
    Question,
    Seen,
    Stand,
    Substitution,
    Survey,
    Work,
)
from domain.copying import replace
from domain.entry import Entry
from domain.message import Event
from domain.words import Audience, NoticeKind, Stage

E = TypeVar("E", bound=Event)
V = TypeVar("V")
Change = Callable[[Case, Any], Case]

_CHANGES: dict[type[Event], Change] = {}


def evolve(case: Case, event: Event) -> Case:
    """The case after one more event."""
    change = _CHANGES.get(type(event))
    changed = change(case, event) if change else case
    name = type(event).__name__
    times = case.seen[name].times + 1 if name in case.seen else 1
    return replace(changed, version=case.version + 1, seen=_with(case.seen, name, Seen(changed.round, times)))


def replay(entries: Iterable[Entry]) -> Case:
    """The case that these ledger entries add up to, as it was known when the last of them was recorded (L-02)."""
    case = Case()
    for entry in entries:
        case = evolve(case, entry.event)
    return case


def on(*events: type[Event]) -> Callable[[Callable[[Case, E], Case]], Callable[[Case, E], Case]]:
    """Registers what these events change; an event without a change only counts."""

    def register(change: Callable[[Case, E], Case]) -> Callable[[Case, E], Case]:
        _CHANGES.update(dict.fromkeys(events, change))
        return change

    return register


def _with(mapping: Mapping[Any, V], key: Any, value: V) -> Mapping[Any, V]:
    return MappingProxyType({**mapping, key: value})


def _without(mapping: Mapping[Any, V], key: Any) -> Mapping[Any, V]:
    return MappingProxyType({name: value for name, value in mapping.items() if name != key})


def _counted(case: Case, number: str) -> Mapping[str, int]:
    """The counts after this number was given; the letter before the digits is the kind of thing."""
    return _with(case.counts, number[0], max(case.counts.get(number[0], 0), int(number[1:])))


def _fact(case: Case, what: str, key: str = "") -> Mapping[int, Fact]:
    """Remember that the entry being folded can be retracted."""
    return _with(case.facts, case.version + 1, Fact(what, key))


# ── Receive ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _intake(event: e.CaseReceived | e.CaseImported) -> Intake:
    return Intake(
        channel=event.channel,
        customer_name=event.customer_name,
        contact=event.contact,
        matter=event.matter,
        remedy_sought=event.remedy_sought,
        order=event.order,
        product=event.product,
        serial_number=event.serial_number,
        reference=event.reference,
        department=event.department,
    )


def _first_day(case: Case, event: e.CaseReceived | e.CaseImported, intake: Intake) -> Case:
    return replace(
        case,
        kind=event.kind,
        sheet=event.sheet.digest,
        path=event.path,
        customer=event.customer,
        subject=event.subject,
        category=event.category,
        subcategory=event.subcategory,
        urgency=event.urgency,
        complexity=event.complexity,
        language=event.language,
        department=event.department,
        intake=intake,
    )


@on(e.CaseReceived)
def _received(case: Case, event: e.CaseReceived) -> Case:
    intake = replace(_intake(event), fault=event.fault, wish=event.wish or "", purchased_on=event.purchased_on)
    return replace(
        _first_day(case, event, intake), received_at=event.at, registered_by=event.registered_by, stage=event.path[0]
    )


@on(e.CaseImported)
def _imported(case: Case, event: e.CaseImported) -> Case:
    finished = event.closed_at is not None
    return replace(
        _first_day(case, event, _intake(event)),
        imported=True,
        received_at=event.received_at,
        closed_at=event.closed_at,
        ending=event.ending,
        assignee=event.responsible,
        over=finished,
        stage=event.path[-1] if finished else event.stage,
    )


@on(e.IntakeSupplemented)
def _supplemented(case: Case, event: e.IntakeSupplemented) -> Case:
    field: dict[str, Any] = {event.field: event.value}
    changed = replace(case, intake=replace(case.intake, **field))
    return replace(changed, department=event.value) if event.field == "department" else changed


@on(e.CaseClassified)
def _classified(case: Case, event: e.CaseClassified) -> Case:
    return replace(case, category=event.category, subcategory=event.subcategory)


@on(e.UrgencySet)
def _urgency(case: Case, event: e.UrgencySet) -> Case:
    return replace(case, urgency=event.urgency)


@on(e.ComplexitySet)
def _complexity(case: Case, event: e.ComplexitySet) -> Case:
    return replace(case, complexity=event.complexity)


@on(e.ReceiptAcknowledged)
def _acknowledged(case: Case, event: e.ReceiptAcknowledged) -> Case:
    return replace(case, acknowledged=True)


@on(e.CaseAssigned)
def _assigned(case: Case, event: e.CaseAssigned) -> Case:
    return replace(case, assignment=Offer(event.to, event.department))


@on(e.AssignmentAccepted)
def _assignment_accepted(case: Case, event: e.AssignmentAccepted) -> Case:
    return replace(case, assignment=None, **_held(case, event.by, event.department))


def _held(case: Case, person: str, department: str) -> dict[str, Any]:
    """The case is with this person of this department from now on; a plan that had moved it is done with."""
    department = department or case.department
    before = case.held_by or ((case.department,) if case.department else ())
    held_by = before if before[-1:] == (department,) or not department else (*before, department)
    return {"assignee": person, "department": department, "held_by": held_by, "substitution": None}


@on(e.AssignmentRefused)
def _assignment_refused(case: Case, event: e.AssignmentRefused) -> Case:
    return replace(case, assignment=None)


@on(e.DepartmentHeadTold)
def _head_told(case: Case, event: e.DepartmentHeadTold) -> Case:
    return replace(case, head_told=event.department)


@on(e.CaseReportedUpward)
def _reported_upward(case: Case, event: e.CaseReportedUpward) -> Case:
    return replace(case, reported_to=(*case.reported_to, event.to))


@on(e.LeadTaken)
def _lead(case: Case, event: e.LeadTaken) -> Case:
    return replace(case, lead=event.by)


# ── Investigate ──────────────────────────────────────────────────────────────────────────────────────────────────────


@on(e.CustomerContacted)
def _contacted(case: Case, event: e.CustomerContacted) -> Case:
    return replace(case, contacted=True)


@on(e.HandOverOffered)
def _hand_over_offered(case: Case, event: e.HandOverOffered) -> Case:
    return replace(case, hand_over=Offer(event.to, event.department, event.giver))


@on(e.HandOverAccepted)
def _hand_over_accepted(case: Case, event: e.HandOverAccepted) -> Case:
    return replace(case, hand_over=None, hand_overs=case.hand_overs + 1, **_held(case, event.by, event.department))


@on(e.PingPongFlagged)
def _ping_pong(case: Case, event: e.PingPongFlagged) -> Case:
    return replace(case, flagged_returns=_with(case.flagged_returns, event.department, event.times))


@on(e.MovedToSubstitute)
def _moved_to_substitute(case: Case, event: e.MovedToSubstitute) -> Case:
    """An offer on its way stays on its way; a case that is nobody's work yet keeps its department."""
    home = case.substitution or Substitution(event.giver, event.giver_department, event.plan)
    moved = replace(case, substitution=replace(home, by=event.to))
    return replace(moved, assignee=event.to, department=event.department) if case.assignee else moved


@on(e.MovedBack)
def _moved_back(case: Case, event: e.MovedBack) -> Case:
    moved = replace(case, substitution=None)
    return replace(moved, assignee=event.to, department=event.department) if case.assignee else moved


@on(e.HandOverRefused)
def _hand_over_refused(case: Case, event: e.HandOverRefused) -> Case:
    return replace(case, hand_over=None)


@on(e.QuestionAsked)
def _asked(case: Case, event: e.QuestionAsked) -> Case:
    question = Question(event.to, event.department, event.due, case.round)
    return replace(
        case,
        questions=_with(case.questions, event.question, question),
        counts=_counted(case, event.question),
        facts=_fact(case, "question", event.question),
    )


@on(e.QuestionAnswered)
def _answered(case: Case, event: e.QuestionAnswered) -> Case:
    question = case.questions.get(event.question)
    if question is None:
        return case
    return replace(
        case, questions=_with(case.questions, event.question, replace(question, answered=True, round=case.round))
    )


@on(e.EvidenceAdded)
def _evidence(case: Case, event: e.EvidenceAdded) -> Case:
    return replace(
        case,
        evidence=_with(case.evidence, event.evidence, event.sha256),
        counts=_counted(case, event.evidence),
        facts=_fact(case, "evidence", event.evidence),
    )


@on(e.EvidenceQuarantined)
def _quarantined(case: Case, event: e.EvidenceQuarantined) -> Case:
    return replace(case, quarantined=(*case.quarantined, event.evidence))


@on(e.EvidenceReleased)
def _released(case: Case, event: e.EvidenceReleased) -> Case:
    return replace(case, quarantined=tuple(one for one in case.quarantined if one != event.evidence))


@on(e.EvidencePurged)
def _purged(case: Case, event: e.EvidencePurged) -> Case:
    left = tuple(one for one in case.quarantined if one != event.evidence)
    return replace(case, quarantined=left, purged=(*case.purged, event.evidence))


@on(e.StatementTaken)
def _statement(case: Case, event: e.StatementTaken) -> Case:
    return replace(
        case,
        statements=_with(case.statements, event.statement, event.of),
        counts=_counted(case, event.statement),
        facts=_fact(case, "statement", event.statement),
    )


@on(e.FindingRecorded)
def _finding(case: Case, event: e.FindingRecorded) -> Case:
    return replace(
        case,
        findings=_with(case.findings, event.finding, Finding(event.cause, case.round)),
        counts=_counted(case, event.finding),
        facts=_fact(case, "finding", event.finding),
    )


@on(e.ResponsibleNamed)
def _responsible(case: Case, event: e.ResponsibleNamed) -> Case:
    return replace(case, responsible_department=event.department, responsible_person=event.person)


@on(e.EligibilityJudged)
def _judged(case: Case, event: e.EligibilityJudged) -> Case:
    return replace(case, eligible=event.eligible, eligibility_rule=event.rule, eligibility_round=case.round)


@on(e.FaultDiagnosed)
def _diagnosed(case: Case, event: e.FaultDiagnosed) -> Case:
    return replace(case, diagnosis_round=case.round)


@on(e.KnowledgeLookedUp)
def _looked_up(case: Case, event: e.KnowledgeLookedUp) -> Case:
    if not event.article:
        return case
    return replace(case, article=event.article, article_round=case.round, facts=_fact(case, "article", event.article))


@on(e.DecisionTaken)
def _decided(case: Case, event: e.DecisionTaken) -> Case:
    decision = Decision(event.outcome, event.findings, event.rule, case.round)
    return replace(
        case,
        decisions=_with(case.decisions, event.decision, decision),
        counts=_counted(case, event.decision),
        facts=_fact(case, "decision", event.decision),
    )


# ── Propose ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@on(e.RemedyProposed)
def _proposed(case: Case, event: e.RemedyProposed) -> Case:
    measures = {f"M{n}": PlannedMeasure(m.owner, m.due) for n, m in enumerate(event.measures, 1)}
    return replace(
        case,
        proposal=Proposal(
            event.round,
            event.arrangement,
            event.amount,
            event.currency,
            event.by,
            event.approvals,
            measures=MappingProxyType(measures),
        ),
        work=Work(),
    )


@on(e.ProposalApproved)
def _approved(case: Case, event: e.ProposalApproved) -> Case:
    approved = case.proposal.approved_by if case.proposal else ()
    return _on_proposal(case, approved_by=(*approved, event.by))


@on(e.ApprovalDeclined)
def _approval_declined(case: Case, event: e.ApprovalDeclined) -> Case:
    return replace(case, proposal=None)


@on(e.InquiryAnswered)
def _inquiry_answered(case: Case, event: e.InquiryAnswered) -> Case:
    return replace(case, proposal=Proposal(event.round), work=Work())


@on(e.ProposalWithdrawn)
def _proposal_withdrawn(case: Case, event: e.ProposalWithdrawn) -> Case:
    return replace(case, proposal=None, held=_without(case.held, "present_proposal"))


# ── Confirm ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _on_proposal(case: Case, **changes: Any) -> Case:
    return replace(case, proposal=replace(case.proposal, **changes)) if case.proposal else case


def _on_work(case: Case, **changes: Any) -> Case:
    return replace(case, work=replace(case.work, **changes))


@on(e.ProposalPresented)
def _presented(case: Case, event: e.ProposalPresented) -> Case:
    return _on_proposal(case, presented=True, remind_at=event.remind_at)


@on(e.CustomerReminded)
def _reminded(case: Case, event: e.CustomerReminded) -> Case:
    return _on_proposal(case, reminders=event.number, remind_at=event.remind_at)


@on(e.ProposalAccepted)
def _accepted(case: Case, event: e.ProposalAccepted) -> Case:
    return _on_proposal(case, presented=True, accepted=True, remind_at=None)


def _next_round(case: Case) -> Case:
    return replace(case, round=case.round + 1, proposal=None)


@on(e.ProposalRejected)
def _proposal_rejected(case: Case, event: e.ProposalRejected) -> Case:
    return _next_round(case)


@on(e.ResultRejected)
def _result_rejected(case: Case, event: e.ResultRejected) -> Case:
    return _next_round(case)


@on(e.MeasureCompleted)
def _measure_completed(case: Case, event: e.MeasureCompleted) -> Case:
    if case.proposal is None or event.measure not in case.proposal.measures:
        return case
    done = replace(case.proposal.measures[event.measure], done=True)
    return _on_proposal(case, measures=_with(case.proposal.measures, event.measure, done))


@on(e.MerchantTold)
def _merchant_told(case: Case, event: e.MerchantTold) -> Case:
    return _on_work(case, merchant_told=True)


@on(e.ShipmentRegistered)
def _shipped(case: Case, event: e.ShipmentRegistered) -> Case:
    return _on_work(case, shipped=(*case.work.shipped, event.direction))


@on(e.GoodsReceived)
def _goods_received(case: Case, event: e.GoodsReceived) -> Case:
    return _on_work(case, goods_received=True)


@on(e.DeliveryConfirmed)
def _delivered(case: Case, event: e.DeliveryConfirmed) -> Case:
    return _on_work(case, delivered=True)


@on(e.RefundConfirmed)
def _refunded(case: Case, event: e.RefundConfirmed) -> Case:
    return _on_work(case, refunded=event.amount)


@on(e.RepairStarted)
def _repair_started(case: Case, event: e.RepairStarted) -> Case:
    return _on_work(case, repair_started=True)


@on(e.PartReplaced)
def _part(case: Case, event: e.PartReplaced) -> Case:
    return _on_work(case, parts=(*case.work.parts, event.part))


@on(e.RepairReported)
def _repair_reported(case: Case, event: e.RepairReported) -> Case:
    return _on_work(case, repair_reported=True)


@on(e.RepairTested)
def _repair_tested(case: Case, event: e.RepairTested) -> Case:
    return _on_work(case, repair_tested=event.passed)


@on(e.RepairDemonstrated)
def _repair_demonstrated(case: Case, event: e.RepairDemonstrated) -> Case:
    return _on_work(case, repair_demonstrated=True)


@on(e.SatisfactionConfirmed)
def _satisfied(case: Case, event: e.SatisfactionConfirmed) -> Case:
    return _on_proposal(case, satisfied=True)


# ── Close ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@on(e.WrittenResultRequested)
def _written_result_requested(case: Case, event: e.WrittenResultRequested) -> Case:
    notice = Notice(
        NoticeKind.WRITTEN_RESULT, Audience.CUSTOMER, "customer", event.language, case.round, event.not_before
    )
    return replace(
        case,
        written_result=event.notice,
        notices=_with(case.notices, event.notice, notice),
        counts=_counted(case, event.notice),
    )


@on(e.NoticeSent, e.WrittenResultSent)
def _sent(case: Case, event: e.NoticeSent | e.WrittenResultSent) -> Case:
    return _on_notice(case, event.notice, sent=True)


@on(e.NoticeCancelled)
def _cancelled(case: Case, event: e.NoticeCancelled) -> Case:
    """A written result that was taken back may be asked for anew."""
    written = "" if case.written_result == event.notice else case.written_result
    return _on_notice(replace(case, written_result=written), event.notice, cancelled=True)


@on(e.CustomerLinksWithdrawn)
def _links_withdrawn(case: Case, event: e.CustomerLinksWithdrawn) -> Case:
    return replace(case, links=event.number)


@on(e.StepsHeld)
def _steps_held(case: Case, event: e.StepsHeld) -> Case:
    return replace(case, held=MappingProxyType({**case.held, **dict.fromkeys(event.steps, event.until)}))


@on(e.NoticeFailed)
def _failed(case: Case, event: e.NoticeFailed) -> Case:
    return _on_notice(case, event.notice, failed=True)


def _on_notice(case: Case, number: str, **changes: Any) -> Case:
    notice = case.notices.get(number)
    return replace(case, notices=_with(case.notices, number, replace(notice, **changes))) if notice else case


@on(e.CaseReferred)
def _referred(case: Case, event: e.CaseReferred) -> Case:
    return replace(case, referred_to=event.body)


@on(e.CaseClosed)
def _closed(case: Case, event: e.CaseClosed) -> Case:
    return replace(case, ending=event.ending, closed_at=event.at, assignment=None, hand_over=None, substitution=None)


@on(e.WarrantyGranted)
def _warranty(case: Case, event: e.WarrantyGranted) -> Case:
    return replace(case, warranty_until=event.until)


# ── Review ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@on(e.SurveyInvited)
def _survey_invited(case: Case, event: e.SurveyInvited) -> Case:
    return replace(case, survey=Survey(event.lapse_at))


@on(e.SurveyAnswered)
def _survey_answered(case: Case, event: e.SurveyAnswered) -> Case:
    survey = case.survey or Survey()
    return replace(case, survey=replace(survey, score=min(event.process, event.result, event.attitude)))


@on(e.SurveyLapsed)
def _survey_lapsed(case: Case, event: e.SurveyLapsed) -> Case:
    return replace(case, survey=replace(case.survey or Survey(), lapsed=True))


@on(e.ImprovementRequested)
def _improvement_requested(case: Case, event: e.ImprovementRequested) -> Case:
    return replace(case, improvement_requested=True)


@on(e.CaseReported)
def _reported(case: Case, event: e.CaseReported) -> Case:
    return replace(case, reported=True)


@on(e.ImprovementOpened)
def _improvement_opened(case: Case, event: e.ImprovementOpened) -> Case:
    return replace(
        case, improvements=_with(case.improvements, event.improvement, False), counts=_counted(case, event.improvement)
    )


@on(e.ImprovementCompleted)
def _improvement_completed(case: Case, event: e.ImprovementCompleted) -> Case:
    return replace(case, improvements=_with(case.improvements, event.improvement, True))


@on(e.ReviewCompleted)
def _review_completed(case: Case, event: e.ReviewCompleted) -> Case:
    return replace(case, over=True)


# ── At any time ──────────────────────────────────────────────────────────────────────────────────────────────────────


@on(e.StageEntered)
def _stage(case: Case, event: e.StageEntered) -> Case:
    inquiry_round = event.round if event.stage is Stage.INVESTIGATE else case.inquiry_round
    return replace(case, stage=event.stage, round=event.round, inquiry_round=inquiry_round)


@on(e.NoteAdded)
def _note(case: Case, event: e.NoteAdded) -> Case:
    return replace(case, facts=_fact(case, "note"))


@on(e.CustomerMessageReceived)
def _message(case: Case, event: e.CustomerMessageReceived) -> Case:
    return replace(case, heard_at=event.at)


@on(e.EntryRetracted)
def _retracted(case: Case, event: e.EntryRetracted) -> Case:
    fact = case.facts.get(event.entry)
    if fact is None:
        return case
    case = replace(case, facts=_without(case.facts, event.entry))
    match fact.what:
        case "finding":
            return replace(case, findings=_without(case.findings, fact.key))
        case "decision":
            return replace(case, decisions=_without(case.decisions, fact.key))
        case "evidence":
            return replace(case, evidence=_without(case.evidence, fact.key))
        case "statement":
            return replace(case, statements=_without(case.statements, fact.key))
        case "question":
            return replace(case, questions=_without(case.questions, fact.key))
        case "article":
            return replace(case, article="", article_round=0)
        case _:
            return case


@on(e.CaseReopened)
def _reopened(case: Case, event: e.CaseReopened) -> Case:
    return replace(
        case,
        ending=None,
        closed_at=None,
        over=False,
        round=event.round,
        proposal=None,
        work=Work(),
        written_result="",
        survey=None,
        reported=False,
        improvement_requested=False,
        referred_to="",
    )


@on(e.NoticeRequested)
def _notice(case: Case, event: e.NoticeRequested) -> Case:
    case = _on_notice(case, event.replaces, failed=False, sent=True)
    notice = Notice(
        event.kind, event.audience, event.to, event.language, event.round, event.not_before, stopped=event.stopped
    )
    return replace(case, notices=_with(case.notices, event.notice, notice), counts=_counted(case, event.notice))


@on(e.ClockStarted)
def _clock_started(case: Case, event: e.ClockStarted) -> Case:
    clock = Clock(
        event.started_at,
        event.due,
        event.steps,
        event.limit,
        event.calendar,
        event.provisional,
        event.family,
        event.binds,
        stands=_held_now(case, event.clock, event.started_at),
    )
    return replace(case, clocks=_with(case.clocks, event.clock, clock))


def _held_now(case: Case, clock: str, since: datetime) -> tuple[Stand, ...]:
    """What holds a clock that begins to run while it is paused."""
    return tuple(
        Stand(number, max(since, pause.since))
        for number, pause in case.pauses.items()
        if pause.until is None and base_name(clock) in pause.clocks
    )


def base_name(clock: str) -> str:
    """The name of a clock without its round: ``proposal`` of ``proposal#2``."""
    return clock.partition("#")[0]


def _on_clock(case: Case, name: str, **changes: Any) -> Case:
    clock = case.clocks.get(name)
    return replace(case, clocks=_with(case.clocks, name, replace(clock, **changes))) if clock else case


@on(e.DeadlineMoved)
def _deadline_moved(case: Case, event: e.DeadlineMoved) -> Case:
    clock = case.clocks.get(event.clock)
    if clock is None:
        return case
    stands = clock.stands
    if event.cause == "restarted" and clock.stopped_at is not None:
        known = {stand.pause for stand in stands}
        held = (stand for stand in _held_now(case, event.clock, event.at) if stand.pause not in known)
        stands = (*stands, Stand("", clock.stopped_at, event.at), *held)
    return _on_clock(
        case,
        event.clock,
        due=event.due,
        steps=event.steps,
        limit=event.limit,
        calendar=event.calendar,
        provisional=event.provisional,
        stopped_at=None,
        lapsed=False,
        stands=stands,
    )


@on(e.ClockWarned)
def _clock_warned(case: Case, event: e.ClockWarned) -> Case:
    return _on_clock(case, event.clock, warned=event.percent)


@on(e.ClockBreached)
def _clock_breached(case: Case, event: e.ClockBreached) -> Case:
    return _on_clock(case, event.clock, breached=True)


@on(e.ClockEscalated)
def _clock_escalated(case: Case, event: e.ClockEscalated) -> Case:
    return _on_clock(case, event.clock, escalated=event.level)


@on(e.ClockStopped)
def _clock_stopped(case: Case, event: e.ClockStopped) -> Case:
    return _on_clock(case, event.clock, stopped_at=event.at)


@on(e.ClockLapsed)
def _clock_lapsed(case: Case, event: e.ClockLapsed) -> Case:
    return _on_clock(case, event.clock, stopped_at=event.at, lapsed=True)


@on(e.BreachCorrected)
def _breach_corrected(case: Case, event: e.BreachCorrected) -> Case:
    return _on_clock(case, event.clock, breached=False, escalated=0)


@on(e.ClocksPaused)
def _paused(case: Case, event: e.ClocksPaused) -> Case:
    pause = Paused(event.reason, event.kind, event.clocks, event.at)
    clocks = {
        name: replace(clock, stands=(*clock.stands, Stand(event.pause, max(event.at, clock.started_at))))
        if clock.running and base_name(name) in event.clocks
        else clock
        for name, clock in case.clocks.items()
    }
    return replace(
        case,
        pauses=_with(case.pauses, event.pause, pause),
        counts=_counted(case, event.pause),
        clocks=MappingProxyType(clocks),
    )


@on(e.ClocksResumed)
def _resumed(case: Case, event: e.ClocksResumed) -> Case:
    pause = case.pauses.get(event.pause)
    if pause is None:
        return case
    clocks = {
        name: replace(clock, stands=tuple(_ended(stand, event) for stand in clock.stands))
        for name, clock in case.clocks.items()
    }
    return replace(
        case,
        pauses=_with(case.pauses, event.pause, replace(pause, until=event.at)),
        clocks=MappingProxyType(clocks),
    )


def _ended(stand: Stand, event: e.ClocksResumed) -> Stand:
    return replace(stand, until=max(event.at, stand.since)) if stand.pause == event.pause else stand


@on(e.PauseFlagged)
def _flagged(case: Case, event: e.PauseFlagged) -> Case:
    pause = case.pauses.get(event.pause)
    return replace(case, pauses=_with(case.pauses, event.pause, replace(pause, flagged=True))) if pause else case


@on(e.CaseMovedToPolicy)
def _moved_to_policy(case: Case, event: e.CaseMovedToPolicy) -> Case:
    return replace(case, sheet=event.sheet.digest)
