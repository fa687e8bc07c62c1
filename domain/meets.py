"""What meets the needs of a stage: for each condition of `domain.needs` the commands to give and their events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.needs import EVENT


@dataclass(frozen=True)
class Meets:
    """What meets one need."""

    commands: tuple[str, ...] = ()
    """Any of these; the first is the usual one."""
    events: tuple[str, ...] = ()
    """Events that meet it: a time limit that stops with one of them is the limit of this need."""


MEETS: Mapping[str, Meets] = {
    "required_fields": Meets(("supplement_intake",)),
    "classified": Meets(("classify_case",), ("CaseClassified",)),
    "assignment_accepted": Meets(("assign_case", "accept_assignment"), ("AssignmentAccepted",)),
    "lead_taken": Meets(("take_lead",), ("LeadTaken",)),
    "finding_recorded": Meets(("record_finding",), ("FindingRecorded",)),
    "responsible_named": Meets(("name_responsible",), ("ResponsibleNamed",)),
    "decision_taken": Meets(("take_decision",), ("DecisionTaken",)),
    "questions_answered": Meets(("answer_question",), ("QuestionAnswered",)),
    "eligible": Meets(("judge_eligibility",), ("EligibilityJudged",)),
    "fault_diagnosed": Meets(("diagnose_fault",), ("FaultDiagnosed",)),
    "answer_found": Meets(
        ("look_up_knowledge", "ask_question", "record_finding"), ("KnowledgeLookedUp", "QuestionAnswered")
    ),
    "proposal_made": Meets(("propose_remedy", "answer_inquiry"), ("RemedyProposed", "InquiryAnswered")),
    "proposal_approved": Meets(("approve_proposal", "decline_approval"), ("ProposalApproved",)),
    "proposal_accepted": Meets(("accept_proposal", "reject_proposal"), ("ProposalAccepted",)),
    "remedy_carried_out": Meets(("complete_measure",)),
    "repair_started": Meets(("start_repair",), ("RepairStarted",)),
    "repair_reported": Meets(("report_repair",), ("RepairReported",)),
    "repair_tested": Meets(("test_repair",), ("RepairTested",)),
    "repair_demonstrated": Meets(("demonstrate_repair",), ("RepairDemonstrated",)),
    "merchant_told": Meets(("tell_merchant",), ("MerchantTold",)),
    "goods_received": Meets(("receive_goods",), ("GoodsReceived",)),
    "refund_confirmed": Meets(("confirm_refund",), ("RefundConfirmed",)),
    "replacement_shipped": Meets(("register_shipment",), ("ShipmentRegistered",)),
    "delivery_confirmed": Meets(("confirm_delivery",), ("DeliveryConfirmed",)),
    "satisfaction_confirmed": Meets(("confirm_satisfaction", "reject_result"), ("SatisfactionConfirmed",)),
    "closed": Meets(("close_case",), ("CaseClosed",)),
    "case_reported": Meets(("report_case",), ("CaseReported",)),
    "survey_settled": Meets(("answer_survey",), ("SurveyAnswered",)),
    "improvement_opened": Meets(("open_improvement",), ("ImprovementOpened",)),
    "improvements_completed": Meets(("complete_improvement",), ("ImprovementCompleted",)),
}
"""Every condition, and every step of an arrangement."""

GIVEN_BY: Mapping[str, tuple[str, ...]] = {
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

_PARTS = {
    "field": Meets(("supplement_intake",), ("IntakeSupplemented",)),
    "measure": Meets(("complete_measure",), ("MeasureCompleted",)),
}


def meets(code: str) -> Meets:
    """What meets the need that a code of `domain.needs.missing` names; nothing, for one of a newer sheet."""
    name, colon, rest = code.partition(":")
    if code.startswith(EVENT):
        alone = (one for one in MEETS.values() if one.events == (rest,))
        return next(alone, Meets(commands_for(rest), (rest,)))
    return _PARTS.get(name, Meets()) if colon else MEETS.get(code, Meets())


def commands_for(event: str) -> tuple[str, ...]:
    """The commands whose event this is; none for an event that nobody gives."""
    if event in GIVEN_BY:
        return GIVEN_BY[event]
    return next((one.commands[:1] for one in MEETS.values() if one.events == (event,)), ())
