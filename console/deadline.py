"""`casefold deadline`: why a time limit of a case is due when it is, as one would show it to a customer or a judge."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from console import options as o
from console.answers import at_work
from console.clock_words import clock_line, times_moved
from console.deadline_page import print_explanation
from console.help import CommandHelp, GroupHelp
from console.look import Seen, case_id, seen
from console.output import as_plain, heading, print_json, show, table
from console.when import zone
from console.words import N_, _, listed
from domain.case import Clock
from domain.explain import clocks_of, explain, next_due
from domain.explanation import Explanation

ClockName = Annotated[
    str,
    typer.Argument(
        metavar="CLOCK",
        help=N_("Name of the time limit: solution, proposal#2, question:Q1. Without it: all of them in short."),
        show_default=False,
    ),
]


def add_deadline(app: typer.Typer, panel: str) -> None:
    """Add the group of commands."""
    group = typer.Typer(cls=GroupHelp, add_completion=False, no_args_is_help=True)
    help_text = N_("Explain a deadline: start, rule, calendar, pauses, and the way to it day by day.")
    group.command("explain", help=help_text, cls=CommandHelp)(_explain)
    app.add_typer(group, name="deadline", help=N_("Time limits, and why they are due."), rich_help_panel=panel)


def _explain(case: o.CaseId, clock: ClockName = "", at: o.At = "", as_json: o.AsJson = False) -> None:
    point = o.read_point(at, "--at") if at else None
    with at_work(as_json=as_json) as house:
        found = seen(house, case_id(case), point)
        name = _named(clock, found) if clock else next_due(found.case)
        ledger = house.ledger
        explanation = explain(found.entries, name, ledger.sheet, ledger.calendar, found.now) if name else None
    if as_json:
        print_json(_as_json(found, explanation))
        return
    if not clock:
        _print_all(found)
    if explanation is not None:
        if not clock:
            show("")
        print_explanation(found.id, explanation)


def _named(text: str, found: Seen) -> str:
    """The clock that is meant: its whole name, or the newest of its rounds. Ends the program when there is none."""
    clocks = found.case.clocks
    wanted = text.strip().lower()
    names = {name.lower(): name for name in clocks}
    rounds = [name for name in clocks if name.partition("#")[0].lower() == wanted]
    if wanted in names:
        return names[wanted]
    if rounds:
        return rounds[-1]
    there = listed(clocks_of(found.case))
    if not there:
        raise typer.BadParameter(_("{case} has no time limits.", case=found.id), param_hint="CLOCK")
    message = _("{case} has no time limit {clock}. It has: {clocks}.", case=found.id, clock=text, clocks=there)
    raise typer.BadParameter(message, param_hint="CLOCK")


def _print_all(found: Seen) -> None:
    if not found.case.clocks:
        show(_("{case} has no time limits.", case=found.id))
        return
    heading(_("Time limits (local time, {zone})", zone=zone()))
    rows = [(name, *clock_line(name, found.case.clocks[name], found)) for name in clocks_of(found.case)]
    table(("", "", _("due"), "", ""), rows)


def _as_json(found: Seen, explanation: Explanation | None) -> dict[str, Any]:
    return {
        "case": found.id,
        "version": found.case.version,
        "as_of": found.now,
        "clocks": [_short(name, found.case.clocks[name], found) for name in clocks_of(found.case)],
        "explained": as_plain(explanation),
    }


def _short(name: str, clock: Clock, found: Seen) -> dict[str, Any]:
    return {
        "clock": name,
        "family": clock.family,
        "binds": clock.binds,
        "due": clock.due,
        "running": clock.running and not found.case.over,
        "standing": clock.running and clock.standing,
        "breached": clock.breached,
        "escalated": clock.escalated,
        "provisional": clock.provisional,
        "moved": times_moved(name, found),
        "stopped_at": clock.stopped_at,
    }
