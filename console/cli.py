"""The command line for people: the commands that read, and one for each command of the domain."""

from __future__ import annotations

import typer

from console.commands import add_commands
from console.diff import add_diff
from console.help import GroupHelp
from console.history import add_history
from console.importing import add_import
from console.options import main_options
from console.show import add_show
from console.upkeep import add_upkeep
from console.watch import add_watch
from console.why import add_why
from console.words import N_
from console.worklist import add_list

LOOKING = N_("Looking")
KEEPING = N_("Taking over and keeping")

app = typer.Typer(cls=GroupHelp, add_completion=False)
"""The commands; `mount` puts them, with the options before them, into a program."""

for add in (add_list, add_show, add_why, add_history, add_diff, add_watch):
    add(app, LOOKING)
add_commands(app)
add_import(app, KEEPING)
add_upkeep(app, KEEPING)


def mount(root: typer.Typer) -> None:
    """Make these the commands of a program: with `--lang`, and a list of commands in the reader's language."""
    root.add_typer(app)
    root.callback(cls=GroupHelp)(main_options)
