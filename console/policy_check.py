"""`casefold policy check` and `casefold policy schema`: help for those who write sheets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console import options as o
from console.help import CommandHelp
from console.output import REFUSED, print_json, show
from console.policy_words import mistakes_as_json
from console.words import N_, _

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help=N_("Sheets as TOML, or folders of packs."))]


def add_check(app: typer.Typer, panel: str) -> None:
    """Add the two commands."""
    help_text = N_("Check sheets: every mistake with its line and what would be right; exit code 1 if there is one.")
    app.command("check", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_check)
    help_text = N_("Print the JSON Schema of sheets, for editors that help while one writes.")
    app.command("schema", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_schema)


def _check(files: Files, as_json: o.AsJson = False) -> None:
    from policies import check

    found = {path: check(path) for path in files}
    mistakes = [mistake for errors in found.values() for mistake in errors]
    if as_json:
        print_json({"files": [str(path) for path in files], "mistakes": mistakes_as_json(mistakes)})
    else:
        for path, errors in found.items():
            show(*map(str, errors))
            if not errors:
                show(_("{file}: no mistakes.", file=path))
        if mistakes:
            show(_("{number} mistakes.", number=len(mistakes)))
    if mistakes:
        raise typer.Exit(REFUSED)


def _schema() -> None:
    from policies.schema import json_schema

    print_json(json_schema())
