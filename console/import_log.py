"""`casefold import-log`: the event log of another system's finished cases, every row of it accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.import_source import mapped_source
from console.importing import TOLD, DryRun, Given, MapFile, RejectsFile
from console.log_map import read_log_map
from console.output import USAGE, fail, print_json, say, show
from console.rejects import Rejects
from console.source import UnreadableFile
from console.words import N_, _

if TYPE_CHECKING:
    from console.log_run import LogAccount, LogRun, Told


def add_import_log(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Take over finished cases from another system's event log, one row a step; safe to run twice.")
    app.command("import-log", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_import_log)


def _import_log(
    file: Given,
    map_file: MapFile,
    dry_run: DryRun = False,
    rejects: RejectsFile = None,
    by: o.By = "",
    as_json: o.AsJson = False,
) -> None:
    from console.log_run import LogRun  # not above: asking for help must not wait for pydantic

    who = o.actor(by)
    chosen, source = mapped_source(read_log_map, map_file, file)
    with at_work(as_json=as_json) as house:
        run = LogRun(house, chosen, source, who, Rejects(rejects, file, source), dry_run=dry_run)
        try:
            code = run.all(quiet=as_json)
        except UnreadableFile as error:
            raise fail(str(error), USAGE) from error
    if as_json:
        print_json(_as_json(run, file))
    else:
        _tell(run, file)
    raise typer.Exit(code)


OUTCOMES = ("imported", "already_there", "changed", "left_out", "rejected")


def _as_json(run: LogRun, file: Path) -> dict[str, Any]:
    """The account for programs. Rows: those of all outcomes and the filtered ones; cases: those of all outcomes."""
    account = run.account
    return {
        "file": str(file),
        "dry_run": run.dry_run,
        "rows": account.rows.total(),
        "rows_of": {name: account.rows[name] for name in (*OUTCOMES, "filtered")},
        "cases": account.cases,
        "imported": account.imported,
        "already_there": account.already_there,
        "changed": len(account.changed),
        "left_out": len(account.left_out),
        "rejected": len(account.rejected),
        "stray_rows": len(account.stray),
        "late": account.late,
        "after_the_end": account.after_the_end,
        "changes": account.changed,
        "leavings": account.left_out,
        "rejects": [*account.rejected, *account.stray],
        "rejects_file": str(run.rejects.path) if run.rejects.used else None,
        "stopped": run.stopped or None,
    }


def _tell(run: LogRun, file: Path) -> None:
    """The account for people."""
    account = run.account
    written, decided = N_("{file}: {rows} rows, {cases} cases"), N_("{file}: {rows} rows, {cases} cases, not written")
    show(_(decided if run.dry_run else written, file=file, rows=account.rows.total(), cases=account.cases))
    imported = N_("{number} would be taken over or are there already") if run.dry_run else N_("{number} taken over")
    show("  " + _(imported, number=account.imported) + " " + _taken_over(account))
    if not run.dry_run:
        _tell_line(N_("{number} already there"), account.already_there, account.rows["already_there"])
    if account.changed:
        _tell_line(N_("{number} already there, and say something else"), len(account.changed), account.rows["changed"])
        _tell_some(account.changed)
    _tell_line(N_("{number} left out"), len(account.left_out), account.rows["left_out"])
    _tell_some(account.left_out)
    rows = account.rows["rejected"] - len(account.stray)
    _tell_line(N_("{number} rejected"), len(account.rejected), rows)
    _tell_some(account.rejected)
    if account.rows["filtered"]:
        show(_("{number} rows are no steps, as the map says", number=account.rows["filtered"]))
    if account.stray:
        show(_("{number} rows belong to no case", number=len(account.stray)))
        _tell_some(account.stray)
        say(_("Cases to which such rows belong were taken over without them: correct the file and import it first."))
    if run.rejects.used:
        show(_("The rows that were not taken over, with reasons: {path}", path=run.rejects.path))
    if run.stopped:
        say(run.stopped)
        say(_("{cases} cases are done.", cases=account.cases))
        say(_("Run the same command again: it goes on where it stopped, and opens nothing twice."))


def _taken_over(account: LogAccount) -> str:
    numbers = {"steps": account.rows["imported"], "after": account.after_the_end, "late": account.late}
    return _("({steps} steps, {after} of them after the end; {late} cases came after their deadline)", **numbers)


def _tell_line(text: str, cases: int, rows: int) -> None:
    more = " " + _("({rows} rows)", rows=rows) if rows else ""
    show("  " + _(text, number=cases) + more)


def _tell_some(told: list[Told]) -> None:
    """The first of them."""
    for one in told[:TOLD]:
        what = N_("{case}, line {line}: {reason}") if one.case else N_("line {line}: {reason}")
        show("    " + _(what, case=one.case, line=one.line, reason=one.reason))
    if len(told) > TOLD:
        show("    " + _("and {number} more", number=len(told) - TOLD))
