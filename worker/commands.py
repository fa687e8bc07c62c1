"""The operating commands of the workers and the server: `worker`, `serve`, `restore`, `reconcile`, `upgrade`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

PANEL = "Running it"
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def register(app: typer.Typer) -> None:
    """Mount these commands."""
    app.command(rich_help_panel=PANEL)(worker)
    app.command(rich_help_panel=PANEL)(serve)
    app.command(rich_help_panel=PANEL)(restore)
    app.command(rich_help_panel=PANEL)(reconcile)
    app.command(rich_help_panel=PANEL)(upgrade)


def worker(
    part: Annotated[
        list[str] | None,
        typer.Option(help="worker, relay, projector, fanout, sealer or webhooks; all six when none is named."),
    ] = None,
) -> None:
    """Run the worker, the relay, the projector, the fan-out, the sealer and the webhooks until SIGTERM or Ctrl-C.

    The worker keeps time and sends notices, the relay tells workflows what happened, the projector keeps the views, the
    fan-out brings what concerns many cases, such as a new calendar, to each of them, the sealer makes it all provable,
    and the webhooks tell programs elsewhere.
    """
    from worker.options import PARTS
    from worker.run import run_worker
    from worker.settings import Settings

    unknown = set(part or ()) - set(PARTS)
    if unknown:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: parts are {', '.join(PARTS)}.", param_hint="--part")
    raise typer.Exit(run_worker(Settings(), part or PARTS))


def serve(
    host: Annotated[str, typer.Option(help="Where to listen; 0.0.0.0 for everybody who reaches this machine.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8000,
    origin: Annotated[
        list[str] | None,
        typer.Option(envvar="CASEFOLD_ORIGIN", help="An address under which people know this server, behind a proxy."),
    ] = None,
) -> None:
    """Serve the API and the console's pages over HTTP until SIGTERM or Ctrl-C.

    A worker beside it keeps time and sends notices; while it is away, people go on working here.
    """
    from worker.serve import run_server
    from worker.settings import Settings

    raise typer.Exit(run_server(Settings(), host, port, origin or ()))


def restore(
    rolled_back: Annotated[
        bool, typer.Option("--rolled-back", help="Begin a new epoch of the ledger: an older backup was put back.")
    ] = False,
    new_log: Annotated[
        str,
        typer.Option(
            "--new-log",
            metavar="REASON",
            help="Begin a new log of seals too, when the old one cannot go on after an older backup was put back.",
            show_default=False,
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Bring back the workflows of all open cases from the ledger alone; running it again changes nothing.

    For a Temporal that lost its data, and after an older backup of the ledger was put back, which it mostly finds out
    by itself.
    """
    from worker.restore import run_restore
    from worker.settings import Settings

    restored = run_restore(Settings(), rolled_back=rolled_back, new_log=new_log, quiet=as_json)
    typer.echo(json.dumps(restored.to_data(), indent=2) if as_json else restored.sentence)


def reconcile(as_json: AsJson = False) -> None:
    """Compare every case with its workflow: open cases have one that knows the newest version, others have none.

    Exit code 1 when something differs.
    """
    from worker.reconcile import run_reconcile
    from worker.settings import Settings

    report = run_reconcile(Settings())
    if as_json:
        typer.echo(json.dumps(report.to_data(), indent=2))
    else:
        report.show()
    raise typer.Exit(0 if not report.differences else 1)


def upgrade(as_json: AsJson = False) -> None:
    """Wake the cases that still run on an earlier release, so that they move to the current one.

    For workers that are versioned (CASEFOLD_RELEASE). Stop the workers of the earlier release when none is left.
    """
    from worker.release import run_upgrade
    from worker.settings import Settings

    woken = run_upgrade(Settings())
    text = f"{woken} workflows were woken; run it again until it says 0."
    typer.echo(json.dumps({"woken": woken}) if as_json else text)
