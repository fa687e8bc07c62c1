"""`casefold figures`: the numbers of the page *Today* as tables, or as JSON."""

from __future__ import annotations

from typing import Annotated

import typer

from console import options as o
from console.answers import at_work
from console.figures import Panel, headline, panels
from console.help import CommandHelp
from console.output import heading, print_json, show, table
from console.when import NotATime, instant
from console.words import N_, _

Days = Annotated[int, typer.Option("--days", metavar="N", min=1, max=400, help=N_("How many days."))]
Until = Annotated[
    str, typer.Option("--until", metavar="DAY", help=N_("The last day; today, if not said."), show_default=False)
]
OnlyKind = Annotated[
    str, typer.Option("--kind", metavar="KIND", help=N_("Only this kind of case."), show_default=False)
]
OnlyDepartment = Annotated[
    str, typer.Option("--department", metavar="NAME", help=N_("Only this department's."), show_default=False)
]


def add_figures(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Show the figures: opened and closed, open by stage and age, limits that passed, satisfaction.")
    app.command("figures", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_figures)


def _figures(
    days: Days = 28, until: Until = "", kind: OnlyKind = "", department: OnlyDepartment = "", as_json: o.AsJson = False
) -> None:
    from api.figures import as_data  # not above: asking for help must not wait for the libraries
    from ledger.figures import Asked
    from ledger.today import today

    try:
        last = instant(until).date() if until else None
    except NotATime as error:
        raise typer.BadParameter(str(error), param_hint="--until") from error
    with at_work(as_json=as_json) as house:
        asked = Asked.of(house.ledger.now(), days, until=last, kind=kind, department=department)
        found = today(house.ledger, house.recorder.papers, asked)
    if as_json:
        print_json(as_data(found))
        return
    table((_("what"), _("cases")), [(label, str(number.cases)) for label, number, _tone in headline(found)])
    for one in panels(found):
        if not one.empty:
            _print(one)


def _print(panel: Panel) -> None:
    heading(panel.title)
    if panel.note:
        show(panel.note)
    rows = [(row.label, *(str(number.cases or "–") for number in row.numbers)) for row in panel.rows]
    table((panel.first, *panel.columns), rows)
    if panel.more:
        headings, *lines = panel.more
        table(headings, lines)
