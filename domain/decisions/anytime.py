"""At any time: notes, progress told, retractions, reopening; and what the case's own workflow reports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain import commands as c
from domain import events as e
from domain.case import Case, Notice
from domain.context import Context
from domain.decisions.conditions import given, is_open, notice, sheet_of
from domain.evolve import evolve
from domain.message import Command, Event
from domain.needs import missing
from domain.refusal import Refused
from domain.words import NoticeKind, Stage


def add_note(case: Case, command: c.AddNote, context: Context) -> list[Event]:
    if not case.received:
        raise Refused("not_received")
    given(text=command.text)
    return [e.NoteAdded(text=command.text)]


def resend_notice(case: Case, command: c.ResendNotice, context: Context) -> list[Event]:
    failed = _unsettled(case, command.notice)
    if not failed.failed:
        raise Refused("notice_not_failed", notice=command.notice)
    again = notice(case, context, failed.kind, failed.to, failed.audience)
    return [replace(again, replaces=command.notice)]


def tell_progress(case: Case, command: c.TellProgress, context: Context) -> list[Event]:
    is_open(case)
    given(text=command.text)
    return [e.ProgressTold(text=command.text), notice(case, context, NoticeKind.PROGRESS)]


def retract_entry(case: Case, command: c.RetractEntry, context: Context) -> list[Event]:
    is_open(case)
    given(reason=command.reason)
    fact = case.facts.get(command.entry)
    if fact is None:
        raise Refused("not_retractable", entry=command.entry)
    if fact.what == "finding":
        for number, decision in case.decisions.items():
            if fact.key in decision.findings:
                raise Refused("finding_cited", finding=fact.key, decision=number)
    retracted = e.EntryRetracted(entry=command.entry, what=fact.what, reason=command.reason)
    return [retracted, *_back_to_where_it_is_missing(case, retracted, context)]


def _back_to_where_it_is_missing(case: Case, retracted: Event, context: Context) -> list[Event]:
    """A stage that was left because of what is retracted is entered again; a proposal must be withdrawn first."""
    after = evolve(case, retracted)
    for stage in case.path[: case.path.index(case.stage)]:
        lost = set(missing(after, sheet_of(context), stage)) - set(missing(case, sheet_of(context), stage))
        if lost and case.proposal is not None:
            raise Refused("proposal_rests_on_it", missing=", ".join(sorted(lost)))
        if lost:
            return [e.StageEntered(stage=stage, round=case.round)]
    return []


def reopen_case(case: Case, command: c.ReopenCase, context: Context) -> list[Event]:
    if not case.received:
        raise Refused("not_received")
    if not case.closed:
        raise Refused("not_closed")
    given(reason=command.reason)
    number = case.round + 1
    back = Stage.INVESTIGATE if Stage.INVESTIGATE in case.path else case.path[0]
    return [
        e.CaseReopened(round=number, reason=command.reason, at=context.now),
        e.StageEntered(stage=back, round=number),
    ]


def check_clocks(case: Case, command: c.CheckClocks, context: Context) -> list[Event]:
    """Nothing of its own: the recorder has appended what was due before it asked (late never hides)."""
    return []


def _unsettled(case: Case, number: str) -> Notice:
    found = case.notices.get(number)
    if found is None:
        raise Refused("unknown_notice", notice=number)
    if found.sent:
        raise Refused("notice_settled", notice=number)
    return found


def confirm_sending(case: Case, command: c.ConfirmSending, context: Context) -> list[Event]:
    written = _unsettled(case, command.notice).kind is NoticeKind.WRITTEN_RESULT
    event = e.WrittenResultSent if written else e.NoticeSent
    return [event(notice=command.notice, reference=command.reference, sha256=command.sha256)]


def report_sending_failed(case: Case, command: c.ReportSendingFailed, context: Context) -> list[Event]:
    _unsettled(case, command.notice)
    return [e.NoticeFailed(notice=command.notice, code=command.code)]


DECISIONS: dict[type[Command], Any] = {
    c.AddNote: add_note,
    c.TellProgress: tell_progress,
    c.ResendNotice: resend_notice,
    c.RetractEntry: retract_entry,
    c.ReopenCase: reopen_case,
    c.CheckClocks: check_clocks,
    c.ConfirmSending: confirm_sending,
    c.ReportSendingFailed: report_sending_failed,
}
