"""Propose 方案 and confirm 确认: rounds with the customer, and carrying the remedy out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain import commands as c
from domain import events as e
from domain.actor import Actor, Role
from domain.words import Arrangement, NoticeKind, PartQuality, Stage
from tests.domain.story import (
    DAY_ONE,
    REMEDY,
    SYSTEM,
    TO_CUSTOMER,
    TO_US,
    WANG,
    WU,
    agreed,
    answered,
    arranged,
    asked,
    found,
    presented,
    proposed,
    proposing,
    satisfied,
    story,
)

DATA = Actor("liu", (Role.DATA,))


@pytest.mark.requirement("C-03")
def test_a_proposal_has_measures_each_with_owner_and_due_time() -> None:
    then = proposing().accepts(REMEDY, by=WANG)
    assert then.events[0].measures == REMEDY.measures  # type: ignore[attr-defined]
    assert then.case.stage is Stage.CONFIRM
    proposing().refuses(c.ProposeRemedy(summary="Sorry."), "no_measure")
    nobody = c.ProposeRemedy(summary="x", measures=(c.Measure(text="Send it", owner=""),))
    proposing().refuses(nobody, "field_missing", field="owner")
    late = c.ProposeRemedy(summary="x", measures=(c.Measure(text="Send it", owner="li", due=DAY_ONE),))
    proposing().refuses(late, "due_in_past")
    proposing().refuses(c.ProposeRemedy(summary="x", amount=Decimal("-5")), "amount_not_positive")


def test_a_proposal_out_of_turn_is_told_what_comes_first() -> None:
    refusal = found().refuses(REMEDY, "wrong_stage", stage="investigate", wanted="propose")
    assert refusal.params["missing"] == "responsible_named, decision_taken"
    presented().refuses(REMEDY, "stage_passed", stage="confirm")


@pytest.mark.requirement("Q-01")
def test_an_inquiry_is_answered_with_the_article_that_was_found() -> None:
    ready = asked().after(c.LookUpKnowledge(query="dimming", article="KB-12"))
    then = ready.accepts(c.AnswerInquiry(text="Yes."), e.InquiryAnswered(round=1, text="Yes.", article="KB-12"))
    assert then.case.stage is Stage.CONFIRM
    ready.refuses(c.ProposeRemedy(summary="x"), "answer_instead")
    proposing().refuses(c.AnswerInquiry(text="Yes."), "propose_instead")
    ready.refuses(c.AnswerInquiry(text=""), "field_missing", field="text")


def test_a_proposal_is_withdrawn_until_the_customer_has_agreed() -> None:
    then = presented().accepts(c.WithdrawProposal(reason="wrong amount"), by=WANG)
    assert (then.case.stage, then.case.round) == (Stage.PROPOSE, 1)
    then.story.accepts(REMEDY)
    agreed().refuses(c.WithdrawProposal(reason="wrong amount"), "already_accepted")
    proposing().refuses(c.WithdrawProposal(reason="wrong amount"), "no_proposal")


@pytest.mark.requirement("C-04", "C-06")
def test_the_customer_is_told_the_proposal_once() -> None:
    then = proposed().accepts(c.PresentProposal(), by=SYSTEM)
    assert then.named(e.NoticeRequested)[0].kind is NoticeKind.PROPOSAL
    then.story.refuses(c.PresentProposal(), "already_presented")
    found().refuses(c.PresentProposal(), "wrong_stage")


@pytest.mark.requirement("C-05")
def test_a_silent_customer_is_reminded_when_it_is_due_and_not_without_end() -> None:
    presented().refuses(c.RemindCustomer(), "reminder_not_due", by=SYSTEM)
    once = presented().later(days=3).after(c.RemindCustomer(), by=SYSTEM)
    twice = once.later(days=3).accepts(c.RemindCustomer(), by=SYSTEM)
    assert twice.named(e.CustomerReminded)[0].number == 2
    assert twice.named(e.CustomerReminded)[0].remind_at is None
    twice.story.later(days=3).refuses(c.RemindCustomer(), "no_more_reminders", by=SYSTEM, reminders=2)
    proposed().refuses(c.RemindCustomer(), "not_presented")


@pytest.mark.requirement("C-04")
def test_a_rejected_proposal_begins_the_next_round_with_the_new_demand() -> None:
    then = presented().accepts(
        c.RejectProposal(new_demand="the money back"),
        e.ProposalRejected(round=1, new_demand="the money back"),
        e.StageEntered(stage=Stage.PROPOSE, round=2),
        by=WANG,
    )
    second = then.story.after(REMEDY, by=WANG)
    assert second.case.proposal is not None
    assert second.case.proposal.round == 2
    presented().refuses(c.RejectProposal(new_demand=""), "field_missing", field="new_demand")
    agreed().refuses(c.RejectProposal(new_demand="x"), "already_accepted")


@pytest.mark.requirement("C-04")
def test_each_round_has_its_own_clock() -> None:
    second = presented().after(c.RejectProposal(new_demand="the money back"), by=WANG)
    assert {"proposal#1", "proposal#2"} <= second.case.clocks.keys()
    assert second.case.clocks["proposal#2"].running
    assert not second.case.clocks["proposal#1"].running


@pytest.mark.requirement("Q-02")
def test_a_dissatisfied_inquirer_sends_the_inquiry_back_to_investigation() -> None:
    then = answered().accepts(c.RejectProposal(new_demand="That is not my model."))
    assert (then.case.stage, then.case.round) == (Stage.INVESTIGATE, 2)
    then.story.accepts(c.LookUpKnowledge(query="model Y", article="KB-13"))


@pytest.mark.requirement("C-04", "C-05")
def test_the_customer_agrees_once() -> None:
    presented().accepts(c.AcceptProposal(words="fine"), e.ProposalAccepted(round=1, words="fine"))
    agreed().refuses(c.AcceptProposal(), "already_accepted")
    proposing().refuses(c.AcceptProposal(), "wrong_stage")


@pytest.mark.requirement("C-03", "T-04")
def test_a_measure_is_carried_out_by_its_due_time() -> None:
    assert agreed().case.clocks["measure:M1#1"].due == DAY_ONE + timedelta(days=3)
    then = agreed().accepts(c.CompleteMeasure(measure="M1", result="sent"))
    assert then.named(e.ClockStopped)[0].clock == "measure:M1#1"
    then.story.refuses(c.CompleteMeasure(measure="M1"), "measure_completed")
    agreed().refuses(c.CompleteMeasure(measure="M9"), "unknown_measure", measures="M1")
    presented().refuses(c.CompleteMeasure(measure="M1"), "not_accepted")


@pytest.mark.requirement("C-05")
def test_satisfaction_is_confirmed_after_everything_was_carried_out() -> None:
    agreed().refuses(c.ConfirmSatisfaction(), "not_carried_out", missing="measure:M1")
    done = agreed().after(c.CompleteMeasure(measure="M1"))
    assert done.accepts(c.ConfirmSatisfaction()).case.stage is Stage.CLOSE


@pytest.mark.requirement("C-03", "C-05")
def test_money_that_was_promised_is_paid_before_the_customer_can_be_satisfied() -> None:
    voucher = proposing().after(c.ProposeRemedy(summary="money", amount=Decimal(5)), c.AcceptProposal(), by=WANG)
    voucher.refuses(c.ConfirmSatisfaction(), "not_carried_out", missing="refund_confirmed")
    paid = voucher.after(c.ConfirmRefund(amount=Decimal(5), reference="P-2"))
    assert paid.after(c.ConfirmSatisfaction()).case.stage is Stage.CLOSE


@pytest.mark.requirement("C-05")
def test_a_customer_who_is_not_satisfied_with_the_result_begins_the_next_round() -> None:
    then = satisfied().accepts(c.RejectResult(new_demand="it broke again"))
    assert (then.case.stage, then.case.round) == (Stage.PROPOSE, 2)
    presented().refuses(c.RejectResult(new_demand="x"), "not_accepted")


@pytest.mark.requirement("A-02")
def test_a_repair_is_reported_tested_demonstrated_and_then_confirmed() -> None:
    repair = arranged(Arrangement.REPAIR)
    repair.refuses(c.DemonstrateRepair(), "not_tested")
    repair.refuses(c.TestRepair(passed=True), "no_repair_report")
    report = c.ReportRepair(cause="switch", standard="GB-1", measures="new switch", minutes=40)
    repair.refuses(report, "not_your_role", by=WANG)
    repair = repair.accepts(c.StartRepair(), e.RepairStarted(technician="wu"), by=WU).story
    repair = repair.accepts(c.ReplacePart(part="switch", quality=PartQuality.ORIGINAL), by=WU).story
    repair = repair.accepts(report, by=WU).story
    failed = repair.accepts(c.TestRepair(passed=False, result="flickers")).story
    failed.refuses(c.DemonstrateRepair(), "not_tested")
    repair = failed.accepts(c.TestRepair(passed=True)).story
    repair.refuses(c.ConfirmSatisfaction(), "not_carried_out", missing="repair_demonstrated")
    repair = repair.accepts(c.DemonstrateRepair()).story
    assert repair.after(c.ConfirmSatisfaction()).case.stage is Stage.CLOSE


def test_repair_steps_belong_to_a_repair() -> None:
    refund = arranged(Arrangement.REFUND)
    refund.refuses(c.StartRepair(), "no_arrangement", by=WU, arrangement="refund")
    refund.refuses(c.ReplacePart(part="x", quality=PartQuality.EQUIVALENT), "no_arrangement")
    refund.refuses(c.ReportRepair(cause="x", standard="y", measures="z", minutes=1), "no_arrangement", by=WU)
    arranged(Arrangement.REPAIR).after(c.StartRepair(), by=WU).refuses(c.StartRepair(), "nothing_changes", by=WU)
    arranged(Arrangement.REPAIR).refuses(
        c.ReportRepair(cause="x", standard="y", measures="z", minutes=-1), "negative_number", by=WU
    )


@pytest.mark.requirement("A-04")
def test_a_return_tells_the_merchant_receives_the_goods_and_pays_back_what_was_promised() -> None:
    back = arranged(Arrangement.RETURN, amount="199.00")
    back = back.accepts(c.TellMerchant(merchant="m-1"), e.MerchantTold(merchant="m-1")).story
    shipment = c.RegisterShipment(direction=TO_US, carrier="SF", tracking_number="SF1")
    back = back.accepts(shipment).story
    back = back.accepts(c.ReceiveGoods(condition="as new")).story
    back.refuses(c.ReceiveGoods(), "nothing_changes")
    refund = c.ConfirmRefund(amount=Decimal("199.00"), reference="P-1")
    back.refuses(replace(refund, amount=Decimal("19.90")), "refund_differs", promised="199.00 CNY")
    back.refuses(replace(refund, amount=Decimal(0)), "amount_not_positive")
    back = back.accepts(refund).story
    back.refuses(refund, "nothing_changes")
    assert back.after(c.ConfirmSatisfaction()).case.stage is Stage.CLOSE


@pytest.mark.requirement("A-04")
def test_an_exchange_is_done_when_the_replacement_has_arrived() -> None:
    exchange = arranged(Arrangement.EXCHANGE).after(c.TellMerchant(merchant="m-1"), c.ReceiveGoods())
    exchange.refuses(c.ConfirmSatisfaction(), "not_carried_out", missing="replacement_shipped, delivery_confirmed")
    exchange = exchange.after(c.RegisterShipment(direction=TO_CUSTOMER, carrier="SF", tracking_number="SF2"))
    exchange = exchange.accepts(c.ConfirmDelivery(), e.DeliveryConfirmed()).story
    exchange.refuses(c.ConfirmDelivery(), "nothing_changes")
    assert exchange.after(c.ConfirmSatisfaction()).case.stage is Stage.CLOSE


def test_nothing_is_shipped_or_told_before_the_customer_agreed() -> None:
    presented().refuses(c.TellMerchant(merchant="m-1"), "not_accepted")
    shipment = c.RegisterShipment(direction=TO_US, carrier="SF", tracking_number="SF1")
    presented().refuses(shipment, "not_accepted")


@pytest.mark.requirement("A-05")
def test_a_quality_risk_is_reported_to_the_product_people_at_any_time() -> None:
    risk = c.ReportQualityRisk(to="product", text="The plug gets hot.")
    satisfied().accepts(risk, e.QualityRiskReported(to="product", text="The plug gets hot."))
    satisfied().refuses(replace(risk, text=""), "field_missing", field="text")
    story("complaint").refuses(risk, "not_received")
