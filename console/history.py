"""`casefold history`: what happened in a case, line by line."""

from __future__ import annotations

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.look import case_id, entries_at
from console.output import print_json, show
from console.reveal import before_revealing
from console.telling import line_as_json, print_entries
from console.words import N_, _


def add_history(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Tell what happened in a case, line by line.")
    app.command("history", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_history)


def _history(case: o.CaseId, at: o.At = "", reveal: o.Reveal = False, by: o.By = "", as_json: o.AsJson = False) -> None:
    point = o.read_point(at, "--at") if at else None
    stream = case if ":" in case else case_id(case)
    with at_work(as_json=as_json, reveal=reveal) as house:
        entries = entries_at(house, stream, point)
        if reveal:
            before_revealing(house, stream, by, (entry.event for entry in entries), as_json=as_json)
    if as_json:
        print_json([line_as_json(entry, reveal=reveal) for entry in entries])
    elif entries:
        print_entries(entries, reveal=reveal)
    else:
        show(_("Nothing was known of {case} then.", case=stream))
