"""Close 结案: the written result, the ending and its reason, the warranty; withdrawal and referral."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import commands as c
from domain import events as e
from domain.case import Case
from domain.clocks import reported_at
from domain.context import Context
from domain.decisions.conditions import given, is_open, sheet_of
from domain.message import Command, Event
from domain.needs import missing
from domain.refusal import Refused
from domain.rules import EndingRule
from domain.words import Arrangement, Ending, Outcome, Stage

CONSENT = {"proposal_accepted", "satisfaction_confirmed"}
"""The needs that only the customer can meet: no path leads around them."""


def request_written_result(case: Case, command: c.RequestWrittenResult, context: Context) -> list[Event]:
    """The letter tells the ending, so it is written after the closing (C-07)."""
    if not case.received:
        raise Refused("not_received")
    if not case.closed:
        raise Refused("not_closed")
    if case.written_result:
        raise Refused("written_result_requested")
    return [_written_result(case, context)]


def _written_result(case: Case, context: Context) -> e.WrittenResultRequested:
    not_before = context.now + context.hold
    return e.WrittenResultRequested(notice=case.next_number("N"), language=case.language, not_before=not_before)


def close_case(case: Case, command: c.CloseCase, context: Context) -> list[Event]:
    is_open(case)
    match command.ending:
        case Ending.RESOLVED:
            _customer_agreed(case, context)
        case Ending.WITHDRAWN:
            raise Refused("use_other_command", command="withdraw_case", ending=command.ending)
        case Ending.REFERRED:
            raise Refused("use_other_command", command="refer_case", ending=command.ending)
        case Ending.NO_ANSWER:
            _reminded_in_vain(case, context)
        case Ending.UNFOUNDED:
            _not_upheld(case)
        case Ending.NOT_ELIGIBLE:
            if case.eligible is not False:
                raise Refused("eligible_after_all")
    return _close(case, command, context, command.ending, command.reason)


def _customer_agreed(case: Case, context: Context) -> None:
    """No case is closed as resolved without the customer's consent (C-05)."""
    here = case.path.index(case.stage)
    left = [
        need
        for place, stage in enumerate(case.path[: case.path.index(Stage.CLOSE)])
        for need in missing(case, sheet_of(context), stage)
        if place >= here or need in CONSENT
    ]
    if left:
        raise Refused("no_consent", missing=", ".join(dict.fromkeys(left)))


def _reminded_in_vain(case: Case, context: Context) -> None:
    wanted = _rule(context, Ending.NO_ANSWER).after_reminders
    reminders = case.proposal.reminders if case.proposal and not case.proposal.accepted else 0
    if case.proposal is None or reminders < wanted:
        raise Refused("reminders_first", wanted=wanted, reminders=reminders)


def _not_upheld(case: Case) -> None:
    newest = list(case.decisions.values())[-1:]
    if not newest or newest[0].outcome is not Outcome.NOT_UPHELD:
        raise Refused("unfounded_needs_decision")


def _rule(context: Context, ending: Ending) -> EndingRule:
    return sheet_of(context).endings.get(ending, EndingRule())


def _close(case: Case, command: Command, context: Context, ending: Ending, reason: str) -> list[Event]:
    """Every ending: who may, why, the written result that tells it, and the warranty if there is one."""
    rule = _rule(context, ending)
    if rule.by and not {role.value for role in context.actor.roles} & {*rule.by, "system"}:
        raise Refused("ending_not_open", ending=ending, roles=", ".join(rule.by))
    if rule.reason_required and not reason.strip():
        raise Refused("reason_required")
    events: list[Event] = []
    if case.stage is not Stage.CLOSE:
        events.append(e.StageEntered(stage=Stage.CLOSE, round=case.round))
    at = reported_at(case, command, context)
    events.append(e.CaseClosed(ending=ending, reason=reason, at=at))
    if sheet_of(context).written_result:
        events.append(_written_result(case, context))
    days = sheet_of(context).repair_warranty_days
    repaired = case.proposal is not None and case.proposal.arrangement is Arrangement.REPAIR
    if ending is Ending.RESOLVED and repaired and days:
        until = at + timedelta(days=days)
        events.append(e.WarrantyGranted(serial_number=case.intake.serial_number, until=until))
    return events


def withdraw_case(case: Case, command: c.WithdrawCase, context: Context) -> list[Event]:
    is_open(case)
    given(reason=command.reason)
    closing = _close(case, command, context, Ending.WITHDRAWN, command.reason)
    return [e.CaseWithdrawn(reason=command.reason), *closing]


def refer_case(case: Case, command: c.ReferCase, context: Context) -> list[Event]:
    is_open(case)
    given(body=command.body)
    referred = e.CaseReferred(body=command.body, reference=command.reference, reason=command.reason)
    return [referred, *_close(case, command, context, Ending.REFERRED, command.reason)]


DECISIONS: dict[type[Command], Any] = {
    c.RequestWrittenResult: request_written_result,
    c.WithdrawCase: withdraw_case,
    c.ReferCase: refer_case,
    c.CloseCase: close_case,
}
