"""`casefold policy`: what we promise, and how that changes. A new command is a function `add_…` and a line here."""

from __future__ import annotations

import typer

from console.help import GroupHelp
from console.policy_acts import add_acts
from console.policy_check import add_check
from console.policy_diff import add_diff
from console.policy_list import add_list
from console.policy_show import add_show
from console.policy_supervision import add_supervision
from console.whatif import add_whatif
from console.words import N_

LOOKING = N_("Looking")
CHANGING = N_("From a draft to its end")
SUPERVISING = N_("Whether it is kept")


def add_policy(app: typer.Typer, panel: str) -> None:
    """Add the group of commands."""
    group = typer.Typer(cls=GroupHelp, add_completion=False, no_args_is_help=True)
    for add in (add_list, add_show, add_diff, add_check, add_whatif):
        add(group, LOOKING)
    add_acts(group, CHANGING)
    add_supervision(group, SUPERVISING)
    help_text = N_("Policies: what we promise for each kind of case, and how that changes.")
    app.add_typer(group, name="policy", help=help_text, rich_help_panel=panel)
