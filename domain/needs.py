"""What must be so before a stage is left: named conditions, which a sheet lists by name for each stage.

A condition is only ever added, never changed in meaning: a sheet of years ago still names it .
"""

from __future__ import annotations

from collections.abc import Callable

from domain.case import Case
from domain.policy import Sheet
from domain.words import Arrangement, Direction, Ending, Stage

Need = Callable[[Case, Sheet], bool]

EVENT = "event:"
"""``event:RepairTested`` as a condition: this event was recorded in the round of now."""


def missing(case: Case, sheet: Sheet, stage: Stage) -> list[str]:
    """What the stage still needs, as codes: the names of conditions, and ``field:contact`` for each missing field."""
    codes: list[str] = []
    for name in sheet.needs.get(stage, ()):
        if name.startswith(EVENT):
            seen = case.seen.get(name.removeprefix(EVENT))
            codes += [] if seen is not None and seen.round == case.round else [name]
        elif name == "required_fields":
            codes += [f"field:{field}" for field in sheet.required if not getattr(case.intake, field)]
        elif not NEEDS[name](case, sheet):
            codes += still_to_do(case) if name == "remedy_carried_out" else [name]
    return codes


def still_to_do(case: Case) -> list[str]:
    """What the agreed remedy still needs: measures by number, and the steps of its arrangement (A-02, A-04)."""
    if case.proposal is None:
        return ["proposal_made"]
    measures = [f"measure:{number}" for number, measure in case.proposal.measures.items() if not measure.done]
    steps = ARRANGEMENT_STEPS[case.proposal.arrangement] if case.proposal.arrangement else {}
    if case.proposal.amount is not None and not case.proposal.measures and not steps:
        steps = ARRANGEMENT_STEPS[Arrangement.REFUND]  # money alone was promised, so money is to be paid
    return measures + [name for name, done in steps.items() if not done(case)]


ARRANGEMENT_STEPS: dict[Arrangement, dict[str, Callable[[Case], bool]]] = {
    Arrangement.REPAIR: {
        "repair_started": lambda case: case.work.repair_started,
        "repair_reported": lambda case: case.work.repair_reported,
        "repair_tested": lambda case: case.work.repair_tested,
        "repair_demonstrated": lambda case: case.work.repair_demonstrated,
    },
    Arrangement.RETURN: {
        "merchant_told": lambda case: case.work.merchant_told,
        "goods_received": lambda case: case.work.goods_received,
        "refund_confirmed": lambda case: case.work.refunded is not None,
    },
    Arrangement.EXCHANGE: {
        "merchant_told": lambda case: case.work.merchant_told,
        "goods_received": lambda case: case.work.goods_received,
        "replacement_shipped": lambda case: Direction.TO_CUSTOMER in case.work.shipped,
        "delivery_confirmed": lambda case: case.work.delivered,
    },
    Arrangement.REFUND: {
        "refund_confirmed": lambda case: case.work.refunded is not None,
    },
}
"""The steps of each arrangement, in the order in which they are taken (A-02, A-04)."""


def _survey_settled(case: Case, sheet: Sheet) -> bool:
    if case.survey is not None:
        return case.survey.score is not None or case.survey.lapsed
    return case.ending is not Ending.RESOLVED or "invite_survey" not in sheet.automatic


def _answer_found(case: Case, sheet: Sheet) -> bool:
    since = case.inquiry_round
    return (
        case.article_round >= since
        or any(question.answered and question.round >= since for question in case.questions.values())
        or any(finding.round >= since for finding in case.findings.values())
    )


NEEDS: dict[str, Need] = {
    "required_fields": lambda case, sheet: all(getattr(case.intake, field) for field in sheet.required),
    "classified": lambda case, sheet: bool(case.category),
    "assignment_accepted": lambda case, sheet: bool(case.assignee),
    "lead_taken": lambda case, sheet: bool(case.lead),
    "finding_recorded": lambda case, sheet: any(f.round >= case.inquiry_round for f in case.findings.values()),
    "responsible_named": lambda case, sheet: bool(case.responsible_department and case.responsible_person),
    "decision_taken": lambda case, sheet: any(d.round >= case.inquiry_round for d in case.decisions.values()),
    "questions_answered": lambda case, sheet: all(question.answered for question in case.questions.values()),
    "eligible": lambda case, sheet: case.eligible is True and case.eligibility_round >= case.inquiry_round,
    "fault_diagnosed": lambda case, sheet: (
        case.diagnosis_round >= case.inquiry_round or case.intake.wish != Arrangement.REPAIR
    ),
    "answer_found": _answer_found,
    "proposal_made": lambda case, sheet: case.proposal is not None and case.proposal.round == case.round,
    "proposal_approved": lambda case, sheet: (
        case.proposal is not None and len(case.proposal.approved_by) >= case.proposal.approvals
    ),
    "proposal_accepted": lambda case, sheet: case.proposal is not None and case.proposal.accepted,
    "remedy_carried_out": lambda case, sheet: not still_to_do(case),
    "satisfaction_confirmed": lambda case, sheet: case.proposal is not None and case.proposal.satisfied,
    "closed": lambda case, sheet: case.closed,
    "case_reported": lambda case, sheet: case.reported,
    "survey_settled": _survey_settled,
    "improvement_opened": lambda case, sheet: not case.improvement_requested or bool(case.improvements),
    "improvements_completed": lambda case, sheet: all(case.improvements.values()),
}
"""Every condition by its name. A sheet that names another one fails at start-up."""
