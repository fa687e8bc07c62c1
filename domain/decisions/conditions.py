"""Conditions that decisions share: each raises the refusal whose sentence tells what is wrong."""

from __future__ import annotations

from datetime import datetime

from domain import events as e
from domain.actor import Role
from domain.case import Case, Proposal
from domain.context import Context
from domain.message import Command, snake
from domain.needs import missing
from domain.policy import Sheet
from domain.refusal import Refused
from domain.words import Audience, NoticeKind, Stage


def sheet_of(context: Context) -> Sheet:
    """The sheet, which `decide` has made sure of."""
    assert context.sheet is not None
    return context.sheet


def is_open(case: Case) -> None:
    """The case was received and is not closed."""
    if not case.received:
        raise Refused("not_received")
    if case.closed:
        raise Refused("case_closed", ending=case.ending or "as the other system left it")


def in_stage(case: Case, command: Command, context: Context, *stages: Stage) -> None:
    """The open case is in one of these stages; otherwise the sentence names what its stage still needs (I-02)."""
    is_open(case)
    if case.stage in stages:
        return
    name, wanted = snake(type(command).__name__), stages[0].value
    places = [case.path.index(stage) for stage in stages if stage in case.path]
    if not places:
        raise Refused("stage_not_walked", command=name, wanted=wanted, kind=case.kind)
    if case.path.index(case.stage) > max(places):
        raise Refused("stage_passed", command=name, wanted=wanted, stage=case.stage)
    needs = ", ".join(missing(case, sheet_of(context), case.stage))
    raise Refused("wrong_stage", command=name, wanted=wanted, stage=case.stage, missing=needs)


def given(**fields: object) -> None:
    """Each field is filled in."""
    for name, value in fields.items():
        if value is None or (isinstance(value, str) and not value.strip()):
            raise Refused("field_missing", field=name)


def not_negative(**fields: int) -> None:
    """Each number is zero or more."""
    for name, value in fields.items():
        if value < 0:
            raise Refused("negative_number", field=name)


def in_future(due: datetime, context: Context) -> None:
    """A due time lies ahead."""
    if due <= context.now:
        raise Refused("due_in_past")


def mine(case: Case, context: Context) -> None:
    """Only the person the case is with, or a lead, may let go of it (H-03)."""
    if context.actor.id != case.responsible and Role.LEAD not in context.actor.roles:
        raise Refused("not_yours", responsible=case.responsible)


def proposal_of(case: Case) -> Proposal:
    """The proposal that waits for its answer, or is carried out."""
    if case.proposal is None:
        raise Refused("no_proposal")
    return case.proposal


def notice(
    case: Case, context: Context, kind: NoticeKind, to: str = "customer", audience: Audience = Audience.CUSTOMER
) -> e.NoticeRequested:
    """A request for a notice, numbered after the newest of the case. One command asks for one notice at most."""
    return e.NoticeRequested(
        notice=case.next_number("N"),
        kind=kind,
        audience=audience,
        to=to,
        language=case.language,
        round=case.round,
        not_before=context.now + context.hold,
    )
