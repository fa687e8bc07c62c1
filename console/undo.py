"""Undoing what one did a moment ago, by a command that compensates for it; nothing is taken out of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from console.words import _
from domain import commands as c
from domain import events as e
from domain.entry import Entry
from domain.evolve import replay
from domain.message import Command
from domain.words import Complexity, Urgency

AT_ONCE = timedelta(seconds=30)
"""How long one may change one's mind with one click."""


def compensation(entries: Sequence[Entry], command_id: str, person: str, now: datetime) -> Command | None:
    """The command that undoes what this person's command did; None when nothing does, or it is too late."""
    mine = [entry for entry in entries if entry.command_id == command_id and entry.actor.id == person]
    if not mine or now - mine[0].recorded_at > AT_ONCE:
        return None
    found = (_for(entry, entries) for entry in mine)
    return next((command for command in found if command is not None), None)


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
