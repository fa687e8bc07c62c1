"""The commands around seals: `seal`, `verify`, `witness`, `bundle`, and `ledger inventory`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from psycopg import Connection

    from ledger.seal.folder import Folder
    from ledger.seal.note import Verifier
    from worker.settings import Settings

PANEL = "Proving it"
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Key = Annotated[
    str,
    typer.Option(
        "--key",
        metavar="VKEY",
        help="The log's public key, as `casefold seal --show-key` prints it; of this home when none is given.",
        show_default=False,
    ),
]
Witnesses = Annotated[
    list[str] | None,
    typer.Option("--witness", metavar="VKEY", help="The public key of a witness who must have cosigned; repeatable."),
]
Seals = Annotated[
    Path | None,
    typer.Option("--seals", metavar="FOLDER", help="Where checkpoints and tiles are published; CASEFOLD_SEALS."),
]

ledger = typer.Typer(help="Look at the ledger as a whole.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Mount these commands."""
    for command in (seal, verify, bundle, witness):
        app.command(rich_help_panel=PANEL)(command)
    app.add_typer(ledger, name="ledger", rich_help_panel=PANEL)


def seal(
    show_key: Annotated[
        bool, typer.Option("--show-key", help="Only print the log's public key, which auditors need.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only say how far the seals are; exit code 1 when an entry waits too long.")
    ] = False,
    new_log: Annotated[
        str,
        typer.Option(
            "--new-log",
            metavar="REASON",
            help="Begin a new log, because an older backup was put back and the newer one is lost.",
            show_default=False,
        ),
    ] = "",
    stamp: Annotated[
        bool, typer.Option("--stamp", help="Have the newest checkpoint time-stamped now, by CASEFOLD_TSA_URL.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Seal now what was recorded, sign it and publish it, as the worker's part `sealer` does every second.

    Exit code 1 when nothing may be signed, because the ledger or its seals were rolled back.
    """
    from ledger.seal.errors import SealRefused
    from worker import alarms
    from worker.sealing import Sealing
    from worker.settings import Settings

    settings = Settings()
    sealing = Sealing(settings)
    try:
        if show_key:
            typer.echo(str(sealing.own_signer().verifier))
            return
        if check:
            waiting = sealing.waiting()
            typer.echo(waiting.sentence)
            raise typer.Exit(0 if waiting.well and "sealer" not in alarms.sounding(settings.stack) else 1)
        if new_log:
            sealing.begin_anew(new_log)
        signed = sealing.once()
    except SealRefused as error:
        alarms.sound(settings.stack, "sealer", str(error))
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    alarms.silence(settings.stack, "sealer")
    if stamp:
        _stamp(settings)
    newest = sealing.newest()
    if as_json:
        data = {"checkpoints": len(signed), "size": newest.size if newest else 0, "text": newest.text if newest else ""}
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
    elif newest is None:
        typer.echo("Nothing was recorded yet, so there is nothing to seal.")
    else:
        typer.echo(f"{newest.size} entries are sealed and published in {settings.seals}.\n{newest.text}", nl=False)


def verify(
    key: Key = "",
    witness: Witnesses = None,
    seals: Seals = None,
    against: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A checkpoint that you have kept; repeatable.")
    ] = None,
    tsa_certificate: Annotated[
        Path | None,
        typer.Option(
            "--tsa-certificate",
            metavar="FILE",
            help="Certificates (PEM) of the authority that must have time-stamped checkpoints.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify the ledger against its published checkpoints and tiles: every entry, every command, every signature.

    DATABASE_URL may be that of an auditor, who can read everything and write nothing. Exit code 1 when something is
    not as it was; the first bad entry is named.
    """
    from ledger.seal.folder import Folder
    from ledger.seal.stamps import certificates_in
    from ledger.seal.verify import verify as run
    from worker.settings import Settings

    settings = Settings()
    folder = Folder(seals or settings.seals)
    kept = [(str(path), path.read_bytes()) for path in against or ()]
    authorities = certificates_in(tsa_certificate.read_bytes()) if tsa_certificate else ()
    log, witnesses = _log_key(settings, key), [parse_key(one) for one in witness or ()]
    with reading(settings) as connection, progress(folder, quiet=as_json) as tick:
        report = run(connection, folder, log, witnesses=witnesses, against=kept, authorities=authorities, tick=tick)
    if as_json:
        typer.echo(json.dumps(report.to_data(), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(report.lines()))
    raise typer.Exit(0 if report.well else 1)


def bundle(
    case: Annotated[str, typer.Argument(metavar="[CASE]", help="Id of the case.", show_default=False)] = "",
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="A new folder.")] = Path("bundle"),
    headers: Annotated[bool, typer.Option("--headers", help="All entries without their contents.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="All entries with their contents.")] = False,
    witnessed: Annotated[
        bool, typer.Option("--witnessed", help="Under the newest checkpoint that a witness has cosigned.")
    ] = False,
    stamped: Annotated[
        bool, typer.Option("--stamped", help="Under the newest checkpoint that is time-stamped.")
    ] = False,
    seals: Seals = None,
) -> None:
    """Export a case, or all entries, so that an auditor can verify it offline with one file of Python.

    The headers of all entries show that nothing is missing, without showing what any entry says. Contents hold personal
    data: a bundle with contents is as confidential as the ledger.
    """
    from ledger.seal.bundle import VERIFIER, Exporter
    from ledger.seal.errors import SealRefused
    from ledger.seal.folder import Folder
    from worker.settings import Settings

    if bool(case) + headers + everything != 1:
        raise typer.BadParameter("Name one case, or --headers, or --all.")
    settings = Settings()
    try:
        with reading(settings) as connection:
            exporter = Exporter(connection, Folder(seals or settings.seals), witnessed, stamped)
            done = exporter.case(case, output) if case else exporter.all(output, contents=everything)
    except SealRefused as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    later = f"; {done.later} more are not sealed yet" if done.later else ""
    typer.echo(f"{done.entries} entries are in {output}{later}. Verify it with a verifier that you trust:")
    typer.echo(f"python {VERIFIER} {output} --key VKEY")


def witness(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the log publishes.", show_default=False)],
    log: Annotated[str, typer.Option("--log", metavar="VKEY", help="The log's public key.")],
    state: Annotated[Path, typer.Option("--state", metavar="FILE", help="What was cosigned last; made at first.")],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="The witness's private key; made at first.")],
    name: Annotated[str, typer.Option("--name", help="The witness's name, when its key is made.")] = "witness",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FOLDER", help="Where to leave the signature, if not where the log publishes."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Cosign a log's newest checkpoint, if it continues the last one that was cosigned; for auditors.

    Exit code 1 when it refuses: the log was rolled back, rewritten, or is not signed by its key.
    """
    from ledger.seal.folder import Folder, witness_file
    from ledger.seal.keys import make_key
    from ledger.seal.note import COSIGNATURE
    from ledger.seal.witness import NotCosigned, Witness

    signer = make_key(key, name, COSIGNATURE)
    try:
        done = Witness(signer, state).look(parse_key(log), Folder(folder).read)
    except NotCosigned as refusal:
        if as_json:
            typer.echo(json.dumps({"cosigned": False, "verdict": refusal.verdict, "detail": str(refusal)}, indent=2))
        else:
            typer.echo(str(refusal), err=True)
        raise typer.Exit(1) from refusal
    file = witness_file(signer.name, done.checkpoint.size)
    Folder(output or folder).replace({file: done.note.encode()})
    if as_json:
        size, before = done.checkpoint.size, done.before
        data = {"cosigned": True, "size": size, "before": before, "file": file, "witness": str(signer.verifier)}
        typer.echo(json.dumps(data, indent=2))
    else:
        typer.echo(f"Cosigned {done.checkpoint.size} entries (before: {done.before}) as {signer.verifier}")


@ledger.command()
def inventory(as_json: AsJson = False) -> None:
    """Count events by name and version, and name those that this program cannot read.

    Run it before any code that reads old events is taken away.
    """
    from ledger.inventory import inventory as count
    from ledger.store import Ledger
    from worker.settings import Settings

    with Ledger(Settings().database_url, application_name="casefold inventory") as store:
        kinds = count(store)
    if as_json:
        typer.echo(json.dumps([vars(kind) for kind in kinds], ensure_ascii=False, indent=2))
        return
    for kind in kinds:
        unknown = "" if kind.readable else "   this program cannot read it"
        typer.echo(f"{kind.number:>10}  {kind.event} {kind.version or '?'}{unknown}")
    typer.echo(f"{sum(kind.number for kind in kinds):>10}  entries")


def _stamp(settings: Settings) -> None:
    """Have the newest checkpoint time-stamped. Exit code 1, with the reason, when that is not to be had now."""
    from ledger.seal.errors import SealRefused
    from worker.stamping import Stamping

    if not settings.tsa_url:
        raise typer.BadParameter("CASEFOLD_TSA_URL names no authority.", param_hint="--stamp")
    try:
        Stamping(settings).once()
    except SealRefused as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def parse_key(text: str) -> Verifier:
    """The key that somebody typed."""
    from ledger.seal.note import BadNote, Verifier

    try:
        return Verifier.parse(text)
    except BadNote as error:
        raise typer.BadParameter(f"{error}.") from error


def _log_key(settings: Settings, key: str) -> Verifier:
    from ledger.seal.keys import read_key

    if key:
        return parse_key(key)
    if settings.sealer_key.exists():
        return read_key(settings.sealer_key).verifier
    raise typer.BadParameter("Give the log's public key: this home has none.", param_hint="--key")


@contextmanager
def reading(settings: Settings) -> Iterator[Connection[Any]]:
    """A connection that sees one moment of the ledger and changes nothing."""
    from ledger.database import connect, translated

    settled = (
        "SET statement_timeout = 0",
        "SET idle_in_transaction_session_timeout = 0",
        "SET default_transaction_isolation = 'repeatable read'",
        "SET default_transaction_read_only = on",
    )
    with translated():
        connection = connect(settings.database_url, "casefold verify", *settled)
        connection.silence = 600.0
        with connection, connection.transaction():
            yield connection


@contextmanager
def progress(folder: Folder, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal, for people."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from ledger.seal.errors import NoSeals

    console = Console(stderr=True)
    if quiet or not sys.stderr.isatty():
        yield lambda number: None
        return
    try:
        found = folder.checkpoint()
    except NoSeals:
        found = None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("entries", total=found[1].size if found else None)
        yield lambda number: bar.advance(task, number)
