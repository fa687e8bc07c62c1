"""What a case can be waiting for: words for each need, the events that meet it, and the commands to give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.words import N_, _, event_key, field_label, listed
from domain.meets import MEETS, Meets, meets
from domain.meets import commands_for as commands_for


@dataclass(frozen=True)
class Need:
    """One need of a stage, for people."""

    text: str
    commands: tuple[str, ...]
    """Any of these meets it; the first is the usual one."""
    events: tuple[str, ...]
    """Events that meet it: a time limit that stops with one of them is the limit of this need."""


NEEDS = {
    "required_fields": N_("the fields that its policy requires"),
    "classified": N_("its type"),
    "assignment_accepted": N_("somebody who takes the case on"),
    "lead_taken": N_("a department head who leads the investigation"),
    "finding_recorded": N_("a finding"),
    "responsible_named": N_("the responsible department and person"),
    "decision_taken": N_("a decision"),
    "questions_answered": N_("answers to its open questions"),
    "eligible": N_("its eligibility to be judged"),
    "fault_diagnosed": N_("a diagnosis of the fault"),
    "answer_found": N_("an answer, from the knowledge base or an expert"),
    "proposal_made": N_("a proposal or answer"),
    "proposal_approved": N_("the approval of the proposal"),
    "proposal_accepted": N_("the customer's view of the proposal"),
    "remedy_carried_out": N_("the remedy to be carried out"),
    "repair_started": N_("the start of the repair"),
    "repair_reported": N_("the repair report"),
    "repair_tested": N_("a passed test of the repaired goods"),
    "repair_demonstrated": N_("the demonstration of the repaired goods"),
    "merchant_told": N_("the merchant to be told"),
    "goods_received": N_("the arrival of the goods"),
    "refund_confirmed": N_("the refund"),
    "replacement_shipped": N_("the replacement to be sent"),
    "delivery_confirmed": N_("the arrival of the replacement"),
    "satisfaction_confirmed": N_("the customer's word that they are satisfied"),
    "closed": N_("its ending"),
    "case_reported": N_("the case report"),
    "survey_settled": N_("the customer's rating"),
    "improvement_opened": N_("an improvement action"),
    "improvements_completed": N_("the completion of its improvement actions"),
}
"""Words for every condition of `domain.needs`, and every step of an arrangement."""

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
PARTS = {"field": N_("the intake field {field}"), "measure": N_("measure {measure} of the remedy")}


def need_of(code: str) -> Need:
    """The need that a code of `domain.needs.missing` names; an unknown one, of a newer sheet, stands for itself."""
    met = meets(code)
    return Need(_words_of(code, met), met.commands, met.events)


def _words_of(code: str, met: Meets) -> str:
    name, colon, event = code.partition(":")
    if name == "event":
        alone = (NEEDS[need] for need, one in MEETS.items() if one is met)
        return next(alone, EVENTS.get(event) or event_key(event))
    return PARTS.get(name, code) if colon else NEEDS.get(code, code)


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
