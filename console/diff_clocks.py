"""The part of `casefold diff` about time: what became of time limits, and how the case stood in the worklist."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from console.output import as_plain, heading, table
from console.when import shown, zone
from console.words import N_, _, clock_label, listed, word
from domain.case import Case
from domain.clock_changes import Change, ClockChange, clock_changes
from domain.policy import Sheet
from domain.summary import Summary, summary_of
from domain.words import Ending, Stage

WORDS = {
    Change.STARTED: N_("started"),
    Change.STARTED_AGAIN: N_("started again"),
    Change.MOVED: N_("moved"),
    Change.STANDS_STILL: N_("stands still"),
    Change.RUNS_AGAIN: N_("runs again"),
    Change.WARNED: N_("warned"),
    Change.BREACHED: N_("breached"),
    Change.CORRECTED: N_("breach taken back"),
    Change.ESCALATED: N_("escalated"),
    Change.STOPPED: N_("done {time}"),
    Change.LAPSED: N_("lapsed {time}"),
}
SHOWN = ("stage", "department", "responsible", "offered_to", "next_due", "breached", "standing")
"""What the worklist says of a case."""


def print_clocks(stream: str, before: Case, after: Case, sheet: Sheet) -> None:
    """Both sections; nothing where nothing changed."""
    changes = clock_changes(before, after)
    if changes:
        heading(_("Time limits (local time, {zone})", zone=zone()))
        table(("", "", _("due then"), _("due now")), [_row(change) for change in changes])
    lines = list(_worklist(stream, before, after, sheet))
    if lines:
        heading(_("In the worklist"))
        table(("", _("before"), _("after")), lines, flexible=2)


def clocks_as_json(stream: str, before: Case, after: Case, sheet: Sheet) -> dict[str, Any]:
    """The same for programs; ``before`` is null while there was no case."""
    return {
        "clocks": as_plain(clock_changes(before, after)),
        "worklist": {
            "before": _line_as_json(stream, before, sheet),
            "after": _line_as_json(stream, after, sheet),
        },
    }


def _row(change: ClockChange) -> tuple[str, ...]:
    told = listed(_(WORDS[one], time=shown(change.at)) for one in change.changes)
    return clock_label(change.clock), told, shown(change.due_before), shown(change.due_after)


def _worklist(stream: str, before: Case, after: Case, sheet: Sheet) -> Iterator[tuple[str, str, str]]:
    """What the line of the case said before and says after, where that differs."""
    old, new = _line(stream, before, sheet), _line(stream, after, sheet)
    labels = {
        "stage": _("stage"),
        "department": _("department"),
        "responsible": _("responsible"),
        "offered_to": _("offered to"),
        "next_due": _("next due"),
        "breached": _("late"),
        "standing": _("stands still"),
    }
    for name, label in labels.items():
        one, other = _told(old, name), _told(new, name)
        if one != other:
            yield label, one, other


def _line(stream: str, case: Case, sheet: Sheet) -> Summary | None:
    return summary_of(stream, case, sheet) if case.received else None


def _line_as_json(stream: str, case: Case, sheet: Sheet) -> dict[str, Any] | None:
    line = _line(stream, case, sheet)
    if line is None:
        return None
    return {name: as_plain(getattr(line, name)) for name in (*SHOWN, "round", "over", "ending")}


def _told(line: Summary | None, name: str) -> str:
    """One column, in words; a case that is over stands in no worklist."""
    if line is None:
        return _("not received yet") if name == "stage" else ""
    if name == "stage":
        if line.over:
            return _("over ({ending})", ending=word(Ending(line.ending)) if line.ending else word(Stage(line.stage)))
        return _("{stage}, round {round}", stage=word(Stage(line.stage)), round=line.round)
    value = getattr(line, name)
    if isinstance(value, datetime):
        return shown(value)
    if isinstance(value, tuple):
        return listed(clock_label(clock) for clock in value)
    return value or ""
