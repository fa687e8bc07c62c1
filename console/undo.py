"""Undoing what one did a moment ago, by a command that compensates for it; nothing is taken out of the ledger."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from console.words import _
from domain import commands as c
from domain import events as e
from domain.entry import Entry
from domain.evolve import replay
from domain.message import Command
from domain.words import Complexity, Urgency

USUAL = 30
"""Seconds in which one may change one's mind with one click."""


def hold(seconds: int) -> int:
    """How long messages wait: a little longer than one may undo, so that an undo that is on its way still counts."""
    return math.ceil(seconds * 7 / 6)


def left(entries: Sequence[Entry], command_id: str, now: datetime, seconds: int) -> int:
    """How many seconds one may still undo this command."""
    given = next((entry.recorded_at for entry in entries if entry.command_id == command_id), now)
    return max(seconds - math.ceil((now - given).total_seconds()), 0)


def compensation(
    entries: Sequence[Entry], command_id: str, person: str, now: datetime, seconds: int = USUAL
) -> list[Command]:
    """The commands that undo what this person's command did, together; none when nothing does, or it is too late."""
    mine = [entry for entry in entries if entry.command_id == command_id and entry.actor.id == person]
    if not mine or now - mine[0].recorded_at > timedelta(seconds=seconds):
        return []
    undoing = next((command for entry in mine if (command := _for(entry, entries)) is not None), None)
    if isinstance(undoing, c.WithdrawProposal):  # it takes its notices along
        return [undoing]
    taken_back = list(_unsent(mine, entries))
    if undoing is None and not (taken_back and any(isinstance(entry.event, e.ProgressTold) for entry in mine)):
        return []
    return [*([undoing] if undoing is not None else []), *taken_back]


def _unsent(mine: Sequence[Entry], entries: Sequence[Entry]) -> Iterator[Command]:
    """The notices that the command asked for are never sent."""
    case = replay(entries)
    for entry in mine:
        if isinstance(entry.event, e.NoticeRequested) and case.notices[entry.event.notice].to_be_sent:
            yield c.CancelNotice(notice=entry.event.notice, reason=_("undone at once by whoever did it"))


def _for(entry: Entry, entries: Sequence[Entry]) -> Command | None:
    reason = _("undone at once by whoever did it")
    before = replay(entries[: entry.version - 1])
    match entry.event:
        case e.RemedyProposed() | e.InquiryAnswered():
            return c.WithdrawProposal(reason=reason)
        case e.ClocksPaused(pause=pause):
            return c.ResumeClocks(pause=pause)
        case e.UrgencySet():
            return c.SetUrgency(urgency=Urgency(before.urgency), reason=reason)
        case e.ComplexitySet():
            return c.SetComplexity(complexity=Complexity(before.complexity), reason=reason)
        case e.CaseClassified() if before.category:
            return c.ClassifyCase(category=before.category, subcategory=before.subcategory)
    if entry.version in replay(entries[: entry.version]).facts and entry.version in replay(entries).facts:
        return c.RetractEntry(entry=entry.version, reason=reason)
    return None
