"""At any time: notes, progress told, retractions, reopening; and what the case's own workflow reports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain import commands as c
from domain import events as e
from domain.case import Case, Notice
from domain.clocks import recounted, reported_at
from domain.context import Context
from domain.decisions.conditions import given, is_open, notice, sheet_of
from domain.evolve import evolve
from domain.message import Command, Event
from domain.needs import missing
from domain.policy import Sheet
from domain.refusal import Refused
from domain.words import NoticeKind, Stage


def add_note(case: Case, command: c.AddNote, context: Context) -> list[Event]:
    if not case.received:
        raise Refused("not_received")
    given(text=command.text)
    return [e.NoteAdded(text=command.text)]


def resend_notice(case: Case, command: c.ResendNotice, context: Context) -> list[Event]:
    """One that is held back is asked for anew, for now: the other one counts as sent, and keeps no promise any more."""
    unsent = _unsettled(case, command.notice)
    if unsent.cancelled:
        raise Refused("notice_cancelled", notice=command.notice)
    again = replace(notice(case, context, unsent.kind, unsent.to, unsent.audience), replaces=command.notice)
    if unsent.failed:
        return [again]
    if unsent.not_before <= context.now:
        raise Refused("notice_not_failed", notice=command.notice)
    return [replace(again, not_before=context.now, stopped=unsent.stopped)]


def cancel_notice(case: Case, command: c.CancelNotice, context: Context) -> list[Event]:
    given(reason=command.reason)
    unsent = _unsettled(case, command.notice)
    if unsent.cancelled:
        raise Refused("notice_cancelled", notice=command.notice)
    if unsent.kind in (NoticeKind.PROPOSAL, NoticeKind.REMINDER) and case.proposal is not None:
        raise Refused("withdraw_instead", notice=command.notice)
    return [e.NoticeCancelled(notice=command.notice, reason=command.reason)]


def withdraw_customer_links(case: Case, command: c.WithdrawCustomerLinks, context: Context) -> list[Event]:
    """After the closing too: a link may have come into other hands at any time."""
    if not case.received:
        raise Refused("not_received")
    given(reason=command.reason)
    return [e.CustomerLinksWithdrawn(number=case.links + 1, reason=command.reason)]


def receive_message(case: Case, command: c.ReceiveMessage, context: Context) -> list[Event]:
    """A customer may write at any time, also after the closing."""
    if not case.received:
        raise Refused("not_received")
    given(text=command.text)
    at = reported_at(case, command, context)
    return [e.CustomerMessageReceived(channel=command.channel, text=command.text, at=at)]


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


def pause_clocks(case: Case, command: c.PauseClocks, context: Context) -> list[Event]:
    """Only for a reason that the sheet lists, and each reason once at a time (T-09)."""
    is_open(case)
    rules = sheet_of(context).pauses
    rule = rules.get(command.reason)
    if rule is None:
        raise Refused("unknown_pause", reason=command.reason, reasons=", ".join(rules) or "none")
    for number, pause in case.pauses.items():
        if pause.reason == command.reason and pause.until is None:
            raise Refused("paused_already", pause=number)
    return [
        e.ClocksPaused(
            pause=case.next_number("P"),
            reason=command.reason,
            kind=rule.kind,
            clocks=rule.clocks,
            at=reported_at(case, command, context),
            note=command.note,
        )
    ]


def resume_clocks(case: Case, command: c.ResumeClocks, context: Context) -> list[Event]:
    """After the closing too: a limit that begins with it may stand still because of an older pause."""
    if not case.received:
        raise Refused("not_received")
    pause = case.pauses.get(command.pause)
    if pause is None:
        raise Refused("no_such_pause", pause=command.pause)
    if pause.until is not None:
        raise Refused("resumed_already", pause=command.pause)
    return [e.ClocksResumed(pause=command.pause, at=max(reported_at(case, command, context), pause.since))]


def move_to_policy(case: Case, command: c.MoveToPolicy, context: Context) -> list[Event]:
    """A running case keeps the policy of its first day, unless somebody moves it and says why (P-02)."""
    is_open(case)
    given(reason=command.reason)
    here = sheet_of(context)
    sheet = context.shelf.version(case.kind, command.version)
    if sheet is None:
        raise Refused("unknown_policy_version", version=command.version, kind=case.kind)
    if sheet.digest == case.sheet:
        raise Refused("nothing_changes")
    return [e.CaseMovedToPolicy(before=_pinned(here), sheet=_pinned(sheet), reason=command.reason)]


def _pinned(sheet: Sheet) -> e.PinnedSheet:
    return e.PinnedSheet(name=sheet.name, version=sheet.version, digest=sheet.digest)


def recompute_deadlines(case: Case, command: c.RecomputeDeadlines, context: Context) -> list[Event]:
    """Where nothing changes, nothing is recorded; a case that is over has no deadlines (T-07)."""
    if not case.received:
        raise Refused("not_received")
    if case.over:
        return []
    return list(recounted(case, sheet_of(context), context.shelf, command.calendar, context.now))


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
    """Also of one that was taken back while it was leaving: what was sent is never hidden."""
    written = _unsettled(case, command.notice).kind is NoticeKind.WRITTEN_RESULT
    event = e.WrittenResultSent if written else e.NoticeSent
    return [event(notice=command.notice, reference=command.reference, sha256=command.sha256)]


def report_sending_failed(case: Case, command: c.ReportSendingFailed, context: Context) -> list[Event]:
    if _unsettled(case, command.notice).cancelled:
        return []
    return [e.NoticeFailed(notice=command.notice, code=command.code)]


DECISIONS: dict[type[Command], Any] = {
    c.AddNote: add_note,
    c.ReceiveMessage: receive_message,
    c.PauseClocks: pause_clocks,
    c.ResumeClocks: resume_clocks,
    c.MoveToPolicy: move_to_policy,
    c.RecomputeDeadlines: recompute_deadlines,
    c.TellProgress: tell_progress,
    c.ResendNotice: resend_notice,
    c.CancelNotice: cancel_notice,
    c.WithdrawCustomerLinks: withdraw_customer_links,
    c.RetractEntry: retract_entry,
    c.ReopenCase: reopen_case,
    c.CheckClocks: check_clocks,
    c.ConfirmSending: confirm_sending,
    c.ReportSendingFailed: report_sending_failed,
}
