"""Confirm 确认: the customer's view, round after round; the remedy is carried out; the customer is satisfied."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import commands as c
from domain import events as e
from domain.case import Case, Proposal
from domain.clocks import reported_at
from domain.context import Context
from domain.decisions.conditions import given, in_stage, is_open, not_negative, notice, proposal_of, sheet_of
from domain.message import Command, Event
from domain.needs import still_to_do
from domain.refusal import Refused
from domain.words import Arrangement, NoticeKind, Stage


def _remind_at(context: Context, reminders: int) -> Any:
    sheet = sheet_of(context)
    if not sheet.remind_after_seconds or reminders >= sheet.remind_at_most:
        return None
    return context.now + timedelta(seconds=sheet.remind_after_seconds)


def present_proposal(case: Case, command: c.PresentProposal, context: Context) -> list[Event]:
    in_stage(case, command, context, Stage.CONFIRM)
    proposal = proposal_of(case)
    if proposal.presented:
        raise Refused("already_presented")
    presented = e.ProposalPresented(
        round=proposal.round, at=reported_at(case, command, context), remind_at=_remind_at(context, 0)
    )
    return [presented, notice(case, context, NoticeKind.PROPOSAL)]


def remind_customer(case: Case, command: c.RemindCustomer, context: Context) -> list[Event]:
    in_stage(case, command, context, Stage.CONFIRM)
    proposal = _waiting(case)
    if not proposal.presented:
        raise Refused("not_presented")
    if proposal.reminders >= sheet_of(context).remind_at_most:
        raise Refused("no_more_reminders", reminders=proposal.reminders)
    if proposal.remind_at is not None and context.now < proposal.remind_at:
        raise Refused("reminder_not_due")
    number = proposal.reminders + 1
    reminded = e.CustomerReminded(round=proposal.round, number=number, remind_at=_remind_at(context, number))
    return [reminded, notice(case, context, NoticeKind.REMINDER)]


def _waiting(case: Case) -> Proposal:
    """The proposal that the customer has not yet agreed to."""
    proposal = proposal_of(case)
    if proposal.accepted:
        raise Refused("already_accepted")
    return proposal


def _agreed(case: Case, command: Command, context: Context) -> Proposal:
    """The proposal that the customer has agreed to and that is being carried out."""
    in_stage(case, command, context, Stage.CONFIRM)
    proposal = proposal_of(case)
    if not proposal.accepted:
        raise Refused("not_accepted")
    return proposal


def accept_proposal(case: Case, command: c.AcceptProposal, context: Context) -> list[Event]:
    in_stage(case, command, context, Stage.CONFIRM)
    return [e.ProposalAccepted(round=_waiting(case).round, words=command.words)]


def reject_proposal(case: Case, command: c.RejectProposal, context: Context) -> list[Event]:
    in_stage(case, command, context, Stage.CONFIRM)
    given(new_demand=command.new_demand)
    rejected = e.ProposalRejected(round=_waiting(case).round, new_demand=command.new_demand)
    return [rejected, _next_round(case, context)]


def _next_round(case: Case, context: Context) -> e.StageEntered:
    return e.StageEntered(stage=sheet_of(context).back_to, round=case.round + 1)


def complete_measure(case: Case, command: c.CompleteMeasure, context: Context) -> list[Event]:
    proposal = _agreed(case, command, context)
    measure = proposal.measures.get(command.measure)
    if measure is None:
        raise Refused("unknown_measure", measure=command.measure, measures=", ".join(proposal.measures))
    if measure.done:
        raise Refused("measure_completed", measure=command.measure)
    return [e.MeasureCompleted(measure=command.measure, result=command.result)]


def report_result(case: Case, command: c.ReportResult, context: Context) -> list[Event]:
    """Whoever solved it tells the agent, who tells the customer (T-05)."""
    is_open(case)
    return [e.ResultReported(by=context.actor.id, text=command.text)]


def _arranged(case: Case, command: Command, context: Context, *wanted: Arrangement) -> Proposal:
    """The agreed proposal is one of these arrangements."""
    proposal = _agreed(case, command, context)
    if proposal.arrangement not in wanted:
        raise Refused(
            "no_arrangement", wanted=", ".join(wanted), arrangement=proposal.arrangement or "a plan of measures"
        )
    return proposal


def tell_merchant(case: Case, command: c.TellMerchant, context: Context) -> list[Event]:
    _agreed(case, command, context)
    given(merchant=command.merchant)
    return [e.MerchantTold(merchant=command.merchant)]


def register_shipment(case: Case, command: c.RegisterShipment, context: Context) -> list[Event]:
    _agreed(case, command, context)
    given(carrier=command.carrier, tracking_number=command.tracking_number)
    return [
        e.ShipmentRegistered(
            direction=command.direction, carrier=command.carrier, tracking_number=command.tracking_number
        )
    ]


def receive_goods(case: Case, command: c.ReceiveGoods, context: Context) -> list[Event]:
    _agreed(case, command, context)
    if case.work.goods_received:
        raise Refused("nothing_changes")
    return [e.GoodsReceived(condition=command.condition)]


def confirm_delivery(case: Case, command: c.ConfirmDelivery, context: Context) -> list[Event]:
    _agreed(case, command, context)
    if case.work.delivered:
        raise Refused("nothing_changes")
    return [e.DeliveryConfirmed()]


def confirm_refund(case: Case, command: c.ConfirmRefund, context: Context) -> list[Event]:
    proposal = _agreed(case, command, context)
    given(reference=command.reference)
    if command.amount <= 0:
        raise Refused("amount_not_positive")
    if case.work.refunded is not None:
        raise Refused("nothing_changes")
    if proposal.amount is not None and (command.amount, command.currency) != (proposal.amount, proposal.currency):
        raise Refused(
            "refund_differs",
            promised=f"{proposal.amount} {proposal.currency}",
            amount=f"{command.amount} {command.currency}",
        )
    rule = sheet_of(context).approval
    if proposal.amount is None and rule is not None and rule.needed(command.amount, command.currency):
        raise Refused("refund_not_approved", amount=f"{command.amount} {command.currency}")
    return [e.RefundConfirmed(amount=command.amount, currency=command.currency, reference=command.reference)]


def start_repair(case: Case, command: c.StartRepair, context: Context) -> list[Event]:
    _arranged(case, command, context, Arrangement.REPAIR)
    if case.work.repair_started:
        raise Refused("nothing_changes")
    return [e.RepairStarted(technician=context.actor.id)]


def replace_part(case: Case, command: c.ReplacePart, context: Context) -> list[Event]:
    _arranged(case, command, context, Arrangement.REPAIR)
    given(part=command.part)
    return [e.PartReplaced(part=command.part, quality=command.quality)]


def report_repair(case: Case, command: c.ReportRepair, context: Context) -> list[Event]:
    _arranged(case, command, context, Arrangement.REPAIR)
    given(cause=command.cause, standard=command.standard, measures=command.measures)
    not_negative(minutes=command.minutes)
    return [
        e.RepairReported(
            cause=command.cause, standard=command.standard, measures=command.measures, minutes=command.minutes
        )
    ]


def test_repair(case: Case, command: c.TestRepair, context: Context) -> list[Event]:
    _arranged(case, command, context, Arrangement.REPAIR)
    if not case.work.repair_reported:
        raise Refused("no_repair_report")
    return [e.RepairTested(passed=command.passed, result=command.result)]


def demonstrate_repair(case: Case, command: c.DemonstrateRepair, context: Context) -> list[Event]:
    _arranged(case, command, context, Arrangement.REPAIR)
    if not case.work.repair_tested:
        raise Refused("not_tested")
    return [e.RepairDemonstrated()]


def report_quality_risk(case: Case, command: c.ReportQualityRisk, context: Context) -> list[Event]:
    given(to=command.to, text=command.text)
    if not case.received:
        raise Refused("not_received")
    return [e.QualityRiskReported(to=command.to, text=command.text)]


def confirm_satisfaction(case: Case, command: c.ConfirmSatisfaction, context: Context) -> list[Event]:
    proposal = _agreed(case, command, context)
    if left := still_to_do(case):
        raise Refused("not_carried_out", missing=", ".join(left))
    return [e.SatisfactionConfirmed(round=proposal.round, words=command.words)]


def reject_result(case: Case, command: c.RejectResult, context: Context) -> list[Event]:
    in_stage(case, command, context, Stage.CONFIRM, Stage.CLOSE)
    proposal = proposal_of(case)
    if not proposal.accepted:
        raise Refused("not_accepted")
    given(new_demand=command.new_demand)
    return [
        e.ResultRejected(round=proposal.round, new_demand=command.new_demand),
        _next_round(case, context),
    ]


DECISIONS: dict[type[Command], Any] = {
    c.PresentProposal: present_proposal,
    c.RemindCustomer: remind_customer,
    c.AcceptProposal: accept_proposal,
    c.RejectProposal: reject_proposal,
    c.CompleteMeasure: complete_measure,
    c.ReportResult: report_result,
    c.TellMerchant: tell_merchant,
    c.RegisterShipment: register_shipment,
    c.ReceiveGoods: receive_goods,
    c.ConfirmDelivery: confirm_delivery,
    c.ConfirmRefund: confirm_refund,
    c.StartRepair: start_repair,
    c.ReplacePart: replace_part,
    c.ReportRepair: report_repair,
    c.TestRepair: test_repair,
    c.DemonstrateRepair: demonstrate_repair,
    c.ReportQualityRisk: report_quality_risk,
    c.ConfirmSatisfaction: confirm_satisfaction,
    c.RejectResult: reject_result,
}
