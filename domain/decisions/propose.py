"""Propose 方案: a plan of measures, an arrangement, or an answer."""

from __future__ import annotations

from typing import Any

from domain import commands as c
from domain import events as e
from domain.case import Case, Proposal
from domain.context import Context
from domain.decisions.conditions import given, in_future, in_stage, is_open, notice, proposal_of, sheet_of
from domain.message import Command, Event
from domain.refusal import Refused
from domain.words import Audience, NoticeKind, Stage

OF_A_PROPOSAL = (NoticeKind.APPROVAL, NoticeKind.PROPOSAL, NoticeKind.REMINDER)
"""Notices that mean nothing any more when the proposal is withdrawn."""


def propose_remedy(case: Case, command: c.ProposeRemedy, context: Context) -> list[Event]:
    in_stage(case, command, context, Stage.PROPOSE)
    if sheet_of(context).answers:
        raise Refused("answer_instead")
    given(summary=command.summary)
    if not command.measures and command.arrangement is None and command.amount is None:
        raise Refused("no_measure")
    if command.amount is not None and command.amount <= 0:
        raise Refused("amount_not_positive")
    for measure in command.measures:
        given(measure=measure.text, owner=measure.owner)
        if measure.due is not None:
            in_future(measure.due, context)
    rule = sheet_of(context).approval
    approvals = rule.needed(command.amount, command.currency) if rule else 0
    proposed = e.RemedyProposed(
        round=case.round,
        summary=command.summary,
        measures=command.measures,
        arrangement=command.arrangement,
        amount=command.amount,
        currency=command.currency if command.amount is not None else "",
        by=context.actor.id,
        approvals=approvals,
    )
    if not approvals or rule is None:
        return [proposed]
    to = f"{rule.by[0]}@{case.department}" if rule.by else case.department
    return [proposed, notice(case, context, NoticeKind.APPROVAL, to, Audience.STAFF)]


def approve_proposal(case: Case, command: c.ApproveProposal, context: Context) -> list[Event]:
    """Nobody approves their own, and nobody twice (H-09)."""
    proposal = _to_be_approved(case, context)
    if context.actor.id in proposal.approved_by:
        raise Refused("approved_already", approved_by=", ".join(proposal.approved_by))
    return [e.ProposalApproved(round=proposal.round, by=context.actor.id)]


def decline_approval(case: Case, command: c.DeclineApproval, context: Context) -> list[Event]:
    proposal = _to_be_approved(case, context)
    given(reason=command.reason)
    return [e.ApprovalDeclined(round=proposal.round, by=context.actor.id, reason=command.reason)]


def _to_be_approved(case: Case, context: Context) -> Proposal:
    """The proposal that still needs approval, before one of those who may give it."""
    is_open(case)
    proposal = proposal_of(case)
    rule = sheet_of(context).approval
    if rule is None or len(proposal.approved_by) >= proposal.approvals:
        raise Refused("no_approval_needed")
    if rule.by and not {role.value for role in context.actor.roles} & set(rule.by):
        raise Refused("not_your_role", command="approve_proposal", roles=", ".join(rule.by))
    if context.actor.id == proposal.by:
        raise Refused("own_proposal")
    return proposal


def answer_inquiry(case: Case, command: c.AnswerInquiry, context: Context) -> list[Event]:
    in_stage(case, command, context, Stage.PROPOSE)
    if not sheet_of(context).answers:
        raise Refused("propose_instead")
    given(text=command.text)
    return [e.InquiryAnswered(round=case.round, text=command.text, article=command.article or case.article)]


def withdraw_proposal(case: Case, command: c.WithdrawProposal, context: Context) -> list[Event]:
    is_open(case)
    given(reason=command.reason)
    proposal = proposal_of(case)
    if proposal.accepted:
        raise Refused("already_accepted")
    withdrawn = e.ProposalWithdrawn(round=proposal.round, reason=command.reason)
    unsent = [
        e.NoticeCancelled(notice=number, reason=command.reason)
        for number, notice in case.notices.items()
        if notice.to_be_sent and notice.round == proposal.round and notice.kind in OF_A_PROPOSAL
    ]
    return [withdrawn, *unsent, e.StageEntered(stage=Stage.PROPOSE, round=case.round)]


DECISIONS: dict[type[Command], Any] = {
    c.ProposeRemedy: propose_remedy,
    c.ApproveProposal: approve_proposal,
    c.DeclineApproval: decline_approval,
    c.AnswerInquiry: answer_inquiry,
    c.WithdrawProposal: withdraw_proposal,
}
