"""`casefold balance` and `casefold rebuild-views`: whether everything is accounted for, and the lists made anew."""

from __future__ import annotations

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.output import REFUSED, print_json, show, table
from console.progress import progress_bar
from console.words import N_, _


def add_upkeep(app: typer.Typer, panel: str) -> None:
    """Add the two commands."""
    add = app.command(
        "balance", help=N_("Count the commands received, accepted and refused."), rich_help_panel=panel, cls=CommandHelp
    )
    add(_balance)
    add = app.command(
        "rebuild-views", help=N_("Make the lists anew from the ledger."), rich_help_panel=panel, cls=CommandHelp
    )
    add(_rebuild)


def _balance(as_json: o.AsJson = False) -> None:
    with at_work(as_json=as_json) as house:
        rows = house.views.balance()
    received, accepted, refused = (sum(row[name] for row in rows) for name in ("received", "accepted", "refused"))
    balanced = received == accepted + refused
    if as_json:
        totals = {"received": received, "accepted": accepted, "refused": refused, "balanced": balanced}
        print_json(totals | {"commands": rows})
    else:
        lines = [
            (str(row["command"]).replace("_", "-"), *(str(row[name]) for name in ("received", "accepted", "refused")))
            for row in rows
        ]
        total = (_("all"), str(received), str(accepted), str(refused))
        table((_("command"), _("received"), _("accepted"), _("refused")), [*lines, total])
        if balanced:
            show(
                _(
                    "Balanced: {accepted} accepted + {refused} refused = {received} received.",
                    accepted=accepted,
                    refused=refused,
                    received=received,
                )
            )
        else:
            show(
                _(
                    "Not balanced: {accepted} accepted + {refused} refused, but {received} received.",
                    accepted=accepted,
                    refused=refused,
                    received=received,
                )
            )
    if not balanced:
        raise typer.Exit(REFUSED)


def _rebuild(as_json: o.AsJson = False) -> None:
    with at_work(as_json=as_json) as house, progress_bar(_("Rebuilding"), quiet=as_json) as told:
        cases = house.views.rebuild(told)
    if as_json:
        print_json({"cases": cases})
    else:
        show(_("The lists were made anew from the ledger: {cases} cases.", cases=cases))
