"""The command line for people: the commands that read, and one for each command of the domain."""

from __future__ import annotations

import typer

from console.assign import add_assign
from console.audit import PROVING, add_audit
from console.calendar_commands import add_calendar
from console.commands import PANELS, add_commands
from console.customer_link import add_customer_link
from console.deadline import add_deadline
from console.department import add_department
from console.diff import add_diff
from console.dossier.command import add_dossier
from console.evidence import add_evidence
from console.export import add_export
from console.figures_shown import add_figures
from console.held import add_held
from console.help import GroupHelp
from console.history import add_history
from console.import_log import add_import_log
from console.importing import add_import
from console.options import main_options
from console.policy import add_policy
from console.reads import add_reads
from console.show import add_show
from console.subjects import add_subject
from console.upkeep import add_upkeep
from console.users import add_users
from console.watch import add_watch
from console.webhooks import add_webhook
from console.why import add_why
from console.words import N_
from console.worklist import add_list

LOOKING = N_("Looking")
KEEPING = N_("Taking over and keeping")

app = typer.Typer(cls=GroupHelp, add_completion=False)
"""The commands; `mount` puts them, with the options before them, into a program."""

for add in (add_list, add_show, add_why, add_deadline, add_history, add_diff, add_watch, add_held, add_figures):
    add(app, LOOKING)
add_commands(app)
add_assign(app, PANELS["receive"])
add_import(app, KEEPING)
add_import_log(app, KEEPING)
add_evidence(app, KEEPING)
add_customer_link(app, KEEPING)
add_dossier(app, KEEPING)
add_export(app, KEEPING)
add_policy(app, KEEPING)
add_calendar(app, KEEPING)
add_department(app, KEEPING)
add_subject(app, KEEPING)
add_users(app, KEEPING)
add_webhook(app, KEEPING)
add_upkeep(app, KEEPING)
add_audit(app, PROVING)
add_reads(app, PROVING)


def mount(root: typer.Typer) -> None:
    """Make these the commands of a program: with `--lang`, and a list of commands in the reader's language."""
    root.add_typer(app)
    root.callback(cls=GroupHelp)(main_options)
