"""What a case can be waiting for: words for each need, the events that meet it, and the commands to give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.words import N_, _, event_key, field_label, listed


@dataclass(frozen=True)
class Need:
    """One need of a stage, for people."""

    text: str
    commands: tuple[str, ...]
    """Any of these meets it; the first is the usual one."""
    events: tuple[str, ...]
    """Events that meet it: a time limit that stops with one of them is the limit of this need."""


NEEDS: dict[str, Need] = {
    "required_fields": Need(N_("the fields that its policy requires"), ("supplement_intake",), ()),
    "classified": Need(N_("its type"), ("classify_case",), ("CaseClassified",)),
    "assignment_accepted": Need(
        N_("somebody who takes the case on"), ("assign_case", "accept_assignment"), ("AssignmentAccepted",)
    ),
    "lead_taken": Need(N_("a department head who leads the investigation"), ("take_lead",), ("LeadTaken",)),
    "finding_recorded": Need(N_("a finding"), ("record_finding",), ("FindingRecorded",)),
    "responsible_named": Need(
        N_("the responsible department and person"), ("name_responsible",), ("ResponsibleNamed",)
    ),
    "decision_taken": Need(N_("a decision"), ("take_decision",), ("DecisionTaken",)),
    "questions_answered": Need(N_("answers to its open questions"), ("answer_question",), ("QuestionAnswered",)),
    "eligible": Need(N_("its eligibility to be judged"), ("judge_eligibility",), ("EligibilityJudged",)),
    "fault_diagnosed": Need(N_("a diagnosis of the fault"), ("diagnose_fault",), ("FaultDiagnosed",)),
    "answer_found": Need(
        N_("an answer, from the knowledge base or an expert"),
        ("look_up_knowledge", "ask_question", "record_finding"),
        ("KnowledgeLookedUp", "QuestionAnswered"),
    ),
    "proposal_made": Need(
        N_("a proposal or answer"), ("propose_remedy", "answer_inquiry"), ("RemedyProposed", "InquiryAnswered")
    ),
    "proposal_approved": Need(
        N_("the approval of the proposal"), ("approve_proposal", "decline_approval"), ("ProposalApproved",)
    ),
    "proposal_accepted": Need(
        N_("the customer's view of the proposal"), ("accept_proposal", "reject_proposal"), ("ProposalAccepted",)
    ),
    "remedy_carried_out": Need(N_("the remedy to be carried out"), ("complete_measure",), ()),
    "repair_started": Need(N_("the start of the repair"), ("start_repair",), ("RepairStarted",)),
    "repair_reported": Need(N_("the repair report"), ("report_repair",), ("RepairReported",)),
    "repair_tested": Need(N_("a passed test of the repaired goods"), ("test_repair",), ("RepairTested",)),
    "repair_demonstrated": Need(
        N_("the demonstration of the repaired goods"), ("demonstrate_repair",), ("RepairDemonstrated",)
    ),
    "merchant_told": Need(N_("the merchant to be told"), ("tell_merchant",), ("MerchantTold",)),
    "goods_received": Need(N_("the arrival of the goods"), ("receive_goods",), ("GoodsReceived",)),
    "refund_confirmed": Need(N_("the refund"), ("confirm_refund",), ("RefundConfirmed",)),
    "replacement_shipped": Need(N_("the replacement to be sent"), ("register_shipment",), ("ShipmentRegistered",)),
    "delivery_confirmed": Need(N_("the arrival of the replacement"), ("confirm_delivery",), ("DeliveryConfirmed",)),
    "satisfaction_confirmed": Need(
        N_("the customer's word that they are satisfied"),
        ("confirm_satisfaction", "reject_result"),
        ("SatisfactionConfirmed",),
    ),
    "closed": Need(N_("its ending"), ("close_case",), ("CaseClosed",)),
    "case_reported": Need(N_("the case report"), ("report_case",), ("CaseReported",)),
    "survey_settled": Need(N_("the customer's rating"), ("answer_survey",), ("SurveyAnswered",)),
    "improvement_opened": Need(N_("an improvement action"), ("open_improvement",), ("ImprovementOpened",)),
    "improvements_completed": Need(
        N_("the completion of its improvement actions"), ("complete_improvement",), ("ImprovementCompleted",)
    ),
}
"""Every condition of `domain.needs`, and every step of an arrangement."""

GIVEN_BY: dict[str, tuple[str, ...]] = {
    "ReceiptAcknowledged": ("acknowledge_receipt",),
    "CaseAssigned": ("assign_case",),
    "AssignmentRefused": ("refuse_assignment",),
    "DepartmentHeadTold": ("tell_department_head",),
    "CaseReportedUpward": ("report_upward",),
    "CustomerContacted": ("contact_customer",),
    "HandOverOffered": ("offer_hand_over",),
    "HandOverAccepted": ("accept_hand_over",),
    "HandOverRefused": ("refuse_hand_over",),
    "EvidenceAdded": ("add_evidence",),
    "StatementTaken": ("take_statement",),
    "RemedyProposed": ("propose_remedy",),
    "InquiryAnswered": ("answer_inquiry",),
    "ProposalPresented": ("present_proposal",),
    "ProposalRejected": ("reject_proposal",),
    "ResultReported": ("report_result",),
    "ResultRejected": ("reject_result",),
    "WrittenResultRequested": ("request_written_result",),
    "CaseWithdrawn": ("withdraw_case",),
    "CaseReferred": ("refer_case",),
    "SurveyInvited": ("invite_survey",),
    "CustomerFollowedUp": ("follow_up_customer",),
    "CustomerMessageReceived": ("receive_message",),
    "ProgressTold": ("tell_progress",),
    "CaseReopened": ("reopen_case",),
    "MeasureCompleted": ("complete_measure",),
}
"""Event → the command that makes it, where no condition has that event alone."""

EVENTS = {
    "ReceiptAcknowledged": N_("the confirmation of receipt"),
    "CustomerContacted": N_("contact with the customer"),
    "CustomerFollowedUp": N_("the follow-up of the customer"),
    "ProgressTold": N_("word to the customer of how the case stands"),
    "ResultReported": N_("the report of the result to the agent"),
    "ProposalPresented": N_("the proposal to be told to the customer"),
    "WrittenResultRequested": N_("the result in writing"),
    "StatementTaken": N_("a statement"),
    "EvidenceAdded": N_("evidence"),
}
"""What a sheet may ask for as ``event:…``; others are told by their own sentence."""

FIELDS = N_("the intake fields ({fields})")
_FIELD = Need(N_("the intake field {field}"), ("supplement_intake",), ("IntakeSupplemented",))
_MEASURE = Need(N_("measure {measure} of the remedy"), ("complete_measure",), ("MeasureCompleted",))


def need_of(code: str) -> Need:
    """The need that a code of `domain.needs.missing` names; an unknown one, of a newer sheet, stands for itself."""
    name, colon, rest = code.partition(":")
    if name == "event":
        return _need_of_event(rest)
    if colon:
        return {"field": _FIELD, "measure": _MEASURE}.get(name, Need(code, (), ()))
    return NEEDS.get(code, Need(code, (), ()))


def _need_of_event(event: str) -> Need:
    """The need for an event: the condition that it alone meets, or the event itself."""
    alone = (need for need in NEEDS.values() if need.events == (event,))
    text = EVENTS.get(event) or event_key(event)
    return next(alone, Need(text, commands_for(event), (event,)))


def commands_for(event: str) -> tuple[str, ...]:
    """The commands whose event this is; none for an event that nobody gives."""
    if event in GIVEN_BY:
        return GIVEN_BY[event]
    return next((need.commands[:1] for need in NEEDS.values() if need.events == (event,)), ())


def texts_of(codes: Iterable[str]) -> list[str]:
    """Several things that are missing; the intake fields among them together."""
    codes = list(codes)
    fields = [code.partition(":")[2] for code in codes if code.startswith("field:")]
    others = [text_of(code) for code in codes if not code.startswith("field:")]
    if len(fields) > 1:
        return [_(FIELDS, fields=listed(field_label(field) for field in fields)), *others]
    return [*(text_of(f"field:{field}") for field in fields), *others]


def text_of(code: str) -> str:
    """What is missing, as words that can stand in a list."""
    _name, _colon, rest = code.partition(":")
    return _(need_of(code).text, field=field_label(rest), measure=rest)
