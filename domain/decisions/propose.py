"""Propose 方案: a plan of measures, an arrangement, or an answer."""

from __future__ import annotations

from typing import Any

from domain import commands as c
from domain import events as e
from domain.case import Case
from domain.context import Context
from domain.decisions.conditions import given, in_future, in_stage, is_open, proposal_of, sheet_of
from domain.message import Command, Event
from domain.refusal import Refused
from domain.words import Stage


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
    return [
        e.RemedyProposed(
            round=case.round,
            summary=command.summary,
            measures=command.measures,
            arrangement=command.arrangement,
            amount=command.amount,
            currency=command.currency if command.amount is not None else "",
        )
    ]


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
    return [
        e.ProposalWithdrawn(round=proposal.round, reason=command.reason),
        e.StageEntered(stage=Stage.PROPOSE, round=case.round),
    ]


DECISIONS: dict[type[Command], Any] = {
    c.ProposeRemedy: propose_remedy,
    c.AnswerInquiry: answer_inquiry,
    c.WithdrawProposal: withdraw_proposal,
}
