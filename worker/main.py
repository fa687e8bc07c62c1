"""The program `casefold`: the commands for people, and those that run and look after the servers."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli import mount
from console.house import House, set_factory
from worker.backup.commands import register as register_backup
from worker.commands import register
from worker.key_commands import register as register_keys
from worker.seal_commands import register as register_seals

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from ledger.store import Ledger

DONE, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 3
"""Exit codes of every command."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def _open_house() -> House:
    from worker.wiring import open_house  # not before it is needed: help must not wait for the database's libraries

    return open_house()


def _open_ledger_alone() -> Ledger:
    from worker.wiring import open_ledger_alone

    return open_ledger_alone()


app = typer.Typer(
    name="casefold",
    help="Complaint, after-sales and inquiry cases: durable workflows on a ledger that anyone can replay.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they would show the values of local variables: personal data
)
mount(app)
set_factory(_open_house, _open_ledger_alone)

OPERATING = "Running it"


@app.command(rich_help_panel=OPERATING)
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Stay, with an organisation to look around in.")] = False,
    cases: Annotated[int, typer.Option(help="How many cases, with --keep.", min=1, max=5000)] = 200,
) -> None:
    """Play made-up cases through all six stages on real servers in a temporary folder, then stop everything.

    With --keep an organisation with the cases of its last six weeks stays, and is served until Ctrl-C.
    """
    if keep:
        from worker.organisation.keep import keep as stay

        raise typer.Exit(stay(cases))
    from worker.demo import demo as play

    raise typer.Exit(play())


@app.command(rich_help_panel=OPERATING)
def up() -> None:
    """Keep PostgreSQL, Temporal and the worker running until Ctrl-C.

    Servers that the environment names (DATABASE_URL, TEMPORAL_ADDRESS) are used as they are.
    """
    from worker.settings import Settings
    from worker.up import Supervisor

    raise typer.Exit(Supervisor(Settings()).run())


@app.command(rich_help_panel=OPERATING)
def status(as_json: AsJson = False) -> None:
    """Show what runs, and where."""
    from worker.settings import Settings
    from worker.status import look

    found = look(Settings())
    if as_json:
        print_json(found.to_data())
    else:
        found.show()
    raise typer.Exit(DONE if found.all_running else UNREACHABLE)


@app.command(rich_help_panel=OPERATING)
def doctor(as_json: AsJson = False) -> None:
    """Examine servers, rights and settings; name what is wrong and the command that mends it."""
    from worker.doctor import examine, show
    from worker.settings import Settings

    findings = examine(Settings())
    if as_json:
        print_json([finding.to_data() for finding in findings])
    else:
        show(findings)
    raise typer.Exit(DONE if all(finding.well for finding in findings) else UNREACHABLE)


@app.command(rich_help_panel=OPERATING)
def migrate() -> None:
    """Bring the schemas of ledger and key store up to date, as owner (DATABASE_OWNER_URL, DATABASE_KEYS_OWNER_URL)."""
    from ledger.migrate import KEYS
    from ledger.migrate import migrate as apply
    from worker.settings import Settings

    settings = Settings()
    applied = apply(settings.owner_url) + apply(settings.keys_owner_url, schema=KEYS)
    typer.echo("\n".join(f"applied {name}" for name in applied) or "The ledger's schema is up to date.")


register(app)
register_backup(app)
register_seals(app)
register_keys(app)


def print_json(data: Any) -> None:
    """One JSON value on standard output."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def main() -> None:
    """Entry point of the console script: known failures become a sentence and an exit code."""
    code = _run()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    if "temporalio" in sys.modules:
        # Threads of the Temporal SDK sometimes abort an interpreter that is being taken down, which would hide the exit
        # code (an open issue of the SDK). Everything of ours is closed by now.
        os._exit(code)
    sys.exit(code)


def _run() -> int:
    """Run the command that was typed; its exit code."""
    from pydantic import ValidationError

    from ledger.errors import LedgerError
    from policies import SheetError
    from policies.calendar_files import CalendarError
    from worker.settings import NothingRuns
    from worker.stack.process import StackError

    try:
        app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else DONE if end.code is None else REFUSED
    except (NothingRuns, StackError, LedgerError) as error:
        typer.echo(str(error), err=True)
        return UNREACHABLE
    except (SheetError, CalendarError) as error:
        typer.echo(str(error), err=True)
        return USAGE
    except ValidationError as error:  # never its own text: that shows the value, which may be a secret
        for wrong in error.errors(include_input=False, include_url=False, include_context=False):
            typer.echo(f"The setting {'.'.join(map(str, wrong['loc']))} cannot be used: {wrong['msg']}.", err=True)
        return USAGE
    return DONE


if __name__ == "__main__":
    main()
