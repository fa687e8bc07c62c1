"""`casefold import`: cases of another system taken over, silently and safely, with every row accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.import_map import Map, read_map
from console.import_source import mapped_source
from console.output import USAGE, fail, print_json, say, show
from console.rejects import Rejects
from console.source import UnreadableFile
from console.words import N_, _, field_label, listed

if TYPE_CHECKING:
    from console.import_run import Run

TOLD = 10
"""Rejected rows that are shown; all of them are in the file of rejects."""

Given = Annotated[Path, typer.Argument(metavar="FILE", help=N_("CSV or JSON (an array, or one object a line)."))]
MapFile = Annotated[Path, typer.Option("--map", metavar="MAP.toml", help=N_("Which column becomes what."))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=N_("Decide every row, and write nothing."))]
RejectsFile = Annotated[
    Path | None,
    typer.Option("--rejects", metavar="FILE", help=N_("Where rejected rows go; next to the file, if not said.")),
]


def add_import(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Take over cases of another system from a file; safe to run twice.")
    app.command("import", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_import)


def _import(
    file: Given,
    map_file: MapFile,
    dry_run: DryRun = False,
    rejects: RejectsFile = None,
    by: o.By = "",
    as_json: o.AsJson = False,
) -> None:
    from console.import_run import Run  # not above: asking for help must not wait for pydantic

    who = o.actor(by)
    chosen, source = mapped_source(read_map, map_file, file)
    with at_work(as_json=as_json) as house:
        run = Run(house, chosen, source, who, Rejects(rejects, file, source), dry_run=dry_run)
        try:
            code = run.all(quiet=as_json)
        except UnreadableFile as error:
            raise fail(str(error), USAGE) from error
    if as_json:
        print_json(_as_json(run, file))
    else:
        _tell(run, chosen, file)
    raise typer.Exit(code)


def _as_json(run: Run, file: Path) -> dict[str, Any]:
    """The account for programs."""
    account = run.account
    return {
        "file": str(file),
        "dry_run": run.dry_run,
        "rows": account.rows,
        "opened": account.opened,
        "finished": account.finished,
        "open": account.open,
        "already_there": account.already_there,
        "changed": len(account.changed),
        "rejected": len(account.rejected),
        "rejects": [{"line": line, "reason": reason} for line, reason in account.rejected],
        "changes": [{"line": line, "reason": reason} for line, reason in account.changed],
        "rejects_file": str(run.rejects.path) if run.rejects.used else None,
        "gaps": dict(account.gaps),
        "stand_ins": dict(account.stand_ins),
        "stopped": run.stopped or None,
    }


def _tell_lines(told: list[tuple[int, str]]) -> None:
    """The first of them."""
    for line, reason in told[:TOLD]:
        show("    " + _("line {line}: {reason}", line=line, reason=reason))
    if len(told) > TOLD:
        show("    " + _("and {number} more", number=len(told) - TOLD))


def _tell(run: Run, chosen: Map, file: Path) -> None:
    """The account for people."""
    account = run.account
    head = N_("{file}: {rows} rows, decided and not written") if run.dry_run else N_("{file}: {rows} rows")
    opened = N_("{number} would be opened or are there already") if run.dry_run else N_("{number} opened")
    show(_(head, file=file, rows=account.rows))
    parts = _("({finished} finished, {open} open)", finished=account.finished, open=account.open)
    show("  " + _(opened, number=account.opened) + " " + parts)
    there = N_("{number} twice in the file") if run.dry_run else N_("{number} already there")
    show("  " + _(there, number=account.already_there))
    if account.changed:
        show("  " + _("{number} already there, and say something else", number=len(account.changed)))
        _tell_lines(account.changed)
    show("  " + _("{number} rejected", number=len(account.rejected)))
    _tell_lines(account.rejected)
    if run.rejects.used:
        show(_("The rows that were not taken over, with reasons: {path}", path=run.rejects.path))
    if account.gaps:
        gaps = (f"{field_label(name.partition(':')[2])} ({number})" for name, number in account.gaps.items())
        show(_("Not in the old records: {gaps}", gaps=listed(gaps)))
    for name, number in account.stand_ins.items():
        reason = chosen.values[name].stands_in
        show(_("{field} ({number}): {reason}", field=field_label(name), number=number, reason=reason))
    if run.stopped:
        say(run.stopped)
        say(_("{rows} of about {total} rows are done.", rows=account.rows, total=run.source.total))
        say(_("Run the same command again: it goes on where it stopped, and opens nothing twice."))
