"""`casefold list`: the cases, those that are due first on top."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated, Any

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.house import House
from console.needs import texts_of
from console.output import print_json, say, show, table
from console.when import away, now, shown
from console.words import N_, _, kind_label, listed, word
from console.worklist_then import Then, moment, rows_then
from domain.words import Ending, Stage, Urgency

PAGE = 500
PATIENCE = 1.0
"""Seconds in which the list may catch up with what was recorded just now."""

Filter = dict[str, Any]

OnlyStage = Annotated[Stage | None, typer.Option("--stage", help=N_("Only this stage."))]
OnlyKind = Annotated[
    str, typer.Option("--kind", metavar="KIND", help=N_("Only this kind of case."), show_default=False)
]
OnlyUrgency = Annotated[Urgency | None, typer.Option("--urgency", help=N_("Only this urgency."))]
OnlyResponsible = Annotated[
    str,
    typer.Option("--responsible", metavar="ID", help=N_("Only what is with this person."), show_default=False),
]
OnlyDepartment = Annotated[
    str,
    typer.Option("--department", metavar="NAME", help=N_("Only this department's."), show_default=False),
]
Mine = Annotated[bool, typer.Option("--mine", help=N_("Only what is with me, or offered to me."))]
Overdue = Annotated[bool, typer.Option("--overdue", help=N_("Only cases with a time limit that has passed."))]
Everything = Annotated[bool, typer.Option("--all", help=N_("Cases that are over too, the newest first."))]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help=N_("At most so many lines."))]


def add_list(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("List the open cases, those that are due first on top.")
    app.command("list", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_list)
    app.command("worklist", help=help_text, hidden=True, cls=CommandHelp)(_list)  # as screens and programs call it


def _list(
    stage: OnlyStage = None,
    kind: OnlyKind = "",
    urgency: OnlyUrgency = None,
    responsible: OnlyResponsible = "",
    mine: Mine = False,
    department: OnlyDepartment = "",
    overdue: Overdue = False,
    everything: Everything = False,
    limit: Limit = 100,
    at: Then = "",
    by: o.By = "",
    as_json: o.AsJson = False,
) -> None:
    then = moment(at) if at else None
    person = o.actor(by).id if mine else responsible
    wanted: Filter = {"kind": kind, "stage": stage, "urgency": urgency, "department": department}
    wanted = {name: str(value) for name, value in wanted.items() if value}
    with at_work(as_json=as_json) as house:
        if then is not None:
            rows = rows_then(house, then, wanted, person, everything=everything, quiet=as_json)
        else:
            catch_up(house)
            rows = _all_rows(house, wanted, person) if everything else _open_rows(house, wanted, person)
        if overdue:
            rows = (row for row in rows if _is_overdue(row, then))
        found = list(islice(rows, limit + 1))
    if as_json:
        print_json(found[:limit])
        return
    if then is not None:
        show(_("As it was known at {time}.", time=shown(then, seconds=True)))
    if not found:
        show(_nothing(bool(wanted or person or overdue or then)))
        return
    _print(found[:limit], everything=everything, then=then)
    if len(found) > limit:
        say(_("There are more: --limit shows more lines."))


def catch_up(house: House) -> None:
    """Wait for what was recorded just now; say so when the list is not up to date."""
    newest = house.ledger.newest()
    deadline = time.monotonic() + PATIENCE
    while (behind := newest - house.views.position()) > 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    if behind > 0:
        say(
            _(
                "This list is {number} entries behind the ledger. Does the worker run? If not: casefold rebuild-views",
                number=behind,
            )
        )


def _pages(ask: Callable[..., list[Filter]], **wanted: Any) -> Iterator[Filter]:
    offset = 0
    while page := ask(**wanted, limit=PAGE, offset=offset):
        yield from page
        offset += PAGE


def _open_rows(house: House, wanted: Filter, person: str) -> Iterator[Filter]:
    return _pages(house.views.worklist, responsible=person or None, **wanted)


def _all_rows(house: House, wanted: Filter, person: str) -> Iterator[Filter]:
    asked = {name: wanted[name] for name in ("kind", "stage") if name in wanted}
    for row in _pages(house.views.summary, **asked):
        if person and person not in (row["responsible"], row["offered_to"]):
            continue
        if all(row[name] == value for name, value in wanted.items()):
            yield row


def _is_overdue(row: Filter, then: datetime | None) -> bool:
    return row["clock_due"] is not None and row["clock_due"] < (then or now())


def _nothing(filtered: bool) -> str:
    if filtered:
        return _("No case is like that. casefold list shows all open cases.")
    return _("There is no open case. Register one: casefold open complaint --channel hotline --by you:agent")


def _print(rows: list[Filter], *, everything: bool, then: datetime | None) -> None:
    headings = (_("case"), _("kind"), _("stage"), _("urgency"), _("responsible"), _("next due"), _("waiting for"))
    lines = [_line(row, everything=everything, then=then) for row in rows]
    table(headings, lines, flexible=len(headings) - 1, cut=True)


def _line(row: Filter, *, everything: bool, then: datetime | None) -> tuple[str, ...]:
    over = everything and row["over"]
    stage = word(Ending(row["ending"])) if over and row["ending"] else word(Stage(row["stage"]))
    if row["round"] > 1:
        stage = _("{stage} ({round})", stage=stage, round=row["round"])
    urgency = "" if row["urgency"] == Urgency.ORDINARY else word(Urgency(row["urgency"]))
    responsible = f"{row['responsible']} → {row['offered_to']}" if row["offered_to"] else row["responsible"]
    late = _("late") if row["breached"] and not over else ""
    next_due = away(row["next_due"], since=then) if row["next_due"] and not over else ""
    stands = _("stands still") if row["standing"] and not over else ""
    waiting = listed(texts_of(row["waiting_for"]))
    return (
        row["case"],
        kind_label(row["kind"]),
        stage,
        urgency,
        responsible,
        listed(filter(None, (late, next_due, stands))),
        waiting,
    )
