"""Approvals: nobody approves their own proposal above an amount, and above a second one two persons must."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.actor import Actor, Role
from domain.rules import ApprovalRule
from domain.words import Arrangement, Ending, NoticeKind, Outcome, Stage
from tests.domain.story import CHEN, COMPLAINT, LI, REMEDY, SYSTEM, WANG, ZHAO, Story, proposing

RULE = ApprovalRule(above=Decimal(200), two_above=Decimal(1000), by=("lead", "department_head"))
WANG_AS_LEAD = replace(WANG, roles=(Role.AGENT, Role.LEAD))


def with_rule(rule: ApprovalRule = RULE) -> Story:
    """A complaint that waits for its proposal, under a sheet with this rule."""
    sheet = policies.load()["complaint"]
    needs = {**sheet.needs, Stage.PROPOSE: ("proposal_made", "proposal_approved")}
    told = Story(replace(sheet, approval=rule, needs=needs))
    return told.after(
        COMPLAINT, c.ClassifyCase(category="product"), c.AssignCase(to="wang", department="after-sales")
    ).after(
        c.AcceptAssignment(),
        c.RecordFinding(course="It fell in transit.", cause="packaging"),
        c.NameResponsible(department="logistics", person="sun"),
        c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="house-7"),
        by=WANG,
    )


def money(amount: str, currency: str = "CNY") -> c.ProposeRemedy:
    """A proposal to pay so much."""
    return c.ProposeRemedy(summary="money back", amount=Decimal(amount), currency=currency)


def proposed(amount: str, currency: str = "CNY", by: Actor = WANG) -> Story:
    """A complaint whose proposal was made and, above the amount, waits for approval."""
    return with_rule().after(money(amount, currency), by=by)


@pytest.mark.requirement("H-09")
@pytest.mark.parametrize(
    ("amount", "currency", "approvals"),
    [
        ("200.00", "CNY", 0),
        ("200.01", "CNY", 1),
        ("1000.00", "CNY", 1),
        ("1000.01", "CNY", 2),
        ("0.01", "USD", 2),
        ("1", "cny", 2),
    ],
)
def test_how_many_must_approve_depends_on_the_amount_and_nothing_is_known_of_other_currencies(
    amount: str, currency: str, approvals: int
) -> None:
    then = with_rule().accepts(money(amount, currency), by=WANG)
    assert then.named(e.RemedyProposed)[0].approvals == approvals
    assert then.case.stage is (Stage.PROPOSE if approvals else Stage.CONFIRM)


@pytest.mark.requirement("H-09")
def test_an_amount_in_another_currency_needs_one_person_where_the_sheet_never_asks_for_two() -> None:
    one = with_rule(replace(RULE, two_above=None)).accepts(money("0.01", "USD"), by=WANG)
    assert one.named(e.RemedyProposed)[0].approvals == 1


@pytest.mark.requirement("H-09")
def test_a_proposal_without_an_amount_needs_no_approval() -> None:
    assert with_rule().accepts(REMEDY, by=WANG).case.stage is Stage.CONFIRM


@pytest.mark.requirement("H-09")
def test_whoever_may_approve_is_told_and_the_case_waits() -> None:
    then = with_rule().accepts(money("500"), by=WANG)
    (told,) = (notice for notice in then.named(e.NoticeRequested) if notice.kind is NoticeKind.APPROVAL)
    assert told.to == "lead@after-sales"
    then.story.refuses(c.PresentProposal(), "wrong_stage", by=SYSTEM, missing="proposal_approved")
    then.story.refuses(c.AcceptProposal(), "wrong_stage", missing="proposal_approved")
    approved = then.story.accepts(
        c.ApproveProposal(),
        e.ProposalApproved(round=1, by="chen"),
        e.StageEntered(stage=Stage.CONFIRM, round=1),
        by=CHEN,
    )
    approved.story.accepts(c.PresentProposal(), by=SYSTEM)


@pytest.mark.requirement("H-09")
def test_nobody_approves_their_own_whatever_their_role() -> None:
    own = proposed("500", by=WANG_AS_LEAD)
    own.refuses(c.ApproveProposal(), "own_proposal", by=WANG_AS_LEAD)
    own.refuses(c.DeclineApproval(reason="too much"), "own_proposal", by=WANG_AS_LEAD)
    own.refuses(
        c.ApproveProposal(), "own_proposal", by=replace(WANG, roles=(Role.DEPARTMENT_HEAD,), department="other")
    )
    own.accepts(c.ApproveProposal(), by=CHEN)


@pytest.mark.requirement("H-09", "H-01")
def test_only_the_roles_that_the_sheet_names_approve() -> None:
    proposed("500").refuses(c.ApproveProposal(), "not_your_role", by=LI, roles="lead, department_head")
    proposed("500").refuses(c.DeclineApproval(reason="no"), "not_your_role", by=LI)
    anybody = with_rule(replace(RULE, by=())).after(money("500"), by=WANG)
    anybody.refuses(c.ApproveProposal(), "own_proposal", by=WANG)
    assert anybody.accepts(c.ApproveProposal(), by=LI).case.stage is Stage.CONFIRM


@pytest.mark.requirement("H-09")
def test_above_the_second_amount_two_different_persons_approve() -> None:
    once = proposed("1500").accepts(c.ApproveProposal(), by=CHEN)
    assert once.case.stage is Stage.PROPOSE
    once.story.refuses(c.ApproveProposal(), "approved_already", by=CHEN, approved_by="chen")
    twice = once.story.accepts(c.ApproveProposal(), by=ZHAO)
    assert twice.case.stage is Stage.CONFIRM
    twice.story.refuses(c.ApproveProposal(), "no_approval_needed", by=Actor("xu", (Role.LEAD,)))


@pytest.mark.requirement("H-09")
def test_a_proposal_that_is_not_approved_goes_back_to_its_author() -> None:
    declined = proposed("1500").after(c.ApproveProposal(), by=CHEN)
    declined.refuses(c.DeclineApproval(reason=""), "field_missing", by=ZHAO, field="reason")
    then = declined.accepts(
        c.DeclineApproval(reason="too much"), e.ApprovalDeclined(round=1, by="zhao", reason="too much"), by=ZHAO
    )
    assert (then.case.stage, then.case.proposal) == (Stage.PROPOSE, None)
    again = then.story.after(money("1500"), by=WANG)
    again.accepts(c.ApproveProposal(), by=CHEN)
    assert again.after(c.ApproveProposal(), by=ZHAO).case.stage is Stage.PROPOSE, "the first approval was of another"


@pytest.mark.requirement("H-09")
def test_a_new_proposal_is_approved_anew() -> None:
    changed = proposed("1500").after(c.ApproveProposal(), by=CHEN).after(money("9000"), by=WANG)
    assert changed.case.proposal is not None
    assert changed.case.proposal.approved_by == ()
    second = proposed("500").after(c.ApproveProposal(), by=CHEN).after(c.RejectProposal(new_demand="more"), by=WANG)
    assert second.after(money("900"), by=WANG).case.stage is Stage.PROPOSE


@pytest.mark.requirement("H-09")
def test_what_needs_no_approval_is_not_approved() -> None:
    proposed("10").refuses(c.ApproveProposal(), "no_approval_needed", by=CHEN)
    proposing().refuses(c.ApproveProposal(), "no_proposal", by=CHEN)
    proposed("10").refuses(c.DeclineApproval(reason="no"), "no_approval_needed", by=CHEN)


@pytest.mark.requirement("H-09", "C-05")
def test_a_case_is_not_closed_as_resolved_around_the_approval() -> None:
    proposed("500").refuses(c.CloseCase(ending=Ending.RESOLVED, reason="done"), "no_consent", by=CHEN)


@pytest.mark.requirement("H-09")
def test_money_that_was_promised_without_an_amount_is_not_paid_above_it() -> None:
    refund = c.ProposeRemedy(summary="the money", arrangement=Arrangement.REFUND)
    agreed = with_rule().after(refund, c.AcceptProposal(), by=WANG)
    pay = c.ConfirmRefund(amount=Decimal("200.01"), reference="P-1")
    agreed.refuses(pay, "refund_not_approved", by=WANG, amount="200.01 CNY")
    agreed.accepts(replace(pay, amount=Decimal(200)), by=WANG)
    agreed.refuses(replace(pay, amount=Decimal(1), currency="USD"), "refund_not_approved", by=WANG)
