"""`casefold watch`: the ledger as it grows."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.house import House
from console.look import case_id
from console.output import print_json, say
from console.reveal import ANY, record_read
from console.telling import line_as_json, print_entry
from console.words import N_, _
from ledger.errors import LedgerUnavailable

BATCH = 500
PAUSE = 0.2

Watched = Annotated[str, typer.Argument(metavar="CASE", help=N_("Only this case."), show_default=False)]
For = Annotated[
    float, typer.Option("--for", metavar="SECONDS", help=N_("Stop after so many seconds."), show_default=False)
]
Last = Annotated[
    int, typer.Option("--last", metavar="N", min=0, max=BATCH, help=N_("Begin with the last entries of the ledger."))
]


def add_watch(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Follow the ledger as it grows, until Ctrl-C.")
    app.command("watch", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_watch)


def _watch(
    case: Watched = "",
    seconds: For = 0.0,
    last: Last = 0,
    reveal: o.Reveal = False,
    by: o.By = "",
    as_json: o.AsJson = False,
) -> None:
    stream = case_id(case) if case else ""
    until = time.monotonic() + seconds if seconds else None
    with at_work(as_json=as_json, reveal=reveal) as house:
        if reveal:  # what will be shown nobody knows yet
            record_read(house, stream, by, {ANY}, as_json=as_json)
        position = house.ledger.newest()
        if not as_json:
            say(_("Following the ledger from entry {position}; Ctrl-C stops.", position=position))
        try:
            position = max(0, position - last)
            while until is None or time.monotonic() < until:
                position = _follow(house, position, stream, reveal=reveal, as_json=as_json)
        except KeyboardInterrupt:
            return


def _follow(house: House, position: int, stream: str, *, reveal: bool, as_json: bool) -> int:
    """Print what is new, and return how far that is."""
    try:
        entries = house.ledger.opened(house.ledger.read(position, BATCH))
    except LedgerUnavailable as error:
        say(_("The ledger cannot be reached ({detail}); still trying.", detail=error.detail))
        return position
    for entry in entries:
        if stream and stream not in (entry.stream, getattr(entry.event, "stream", "")):
            continue
        if as_json:
            print_json(line_as_json(entry, reveal=reveal), lines=True)
        else:
            print_entry(entry, reveal=reveal)
    if not entries:
        time.sleep(PAUSE)
    return entries[-1].position if entries else position
