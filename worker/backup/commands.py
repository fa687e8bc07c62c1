"""`casefold backup` and `casefold restore-backup`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from worker.backup.make import Telling
    from worker.backup.manifest import Manifest
    from worker.backup.prove import Proof

PANEL = "Running it"
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def register(app: typer.Typer) -> None:
    """Mount these commands."""
    app.command(rich_help_panel=PANEL)(backup)
    app.command("restore-backup", rich_help_panel=PANEL)(restore_backup)


def backup(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder.", show_default=False)],
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Then restore it into a scratch server, and look whether everything is in it."),
    ] = False,
    only_verify: Annotated[
        bool, typer.Option("--only-verify", help="Make none: prove the one that is in the folder.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy ledger, keys, seals and evidence while people work, and prove that they fit together.

    No secret is in a backup: keep the master keys, the matter key and the sealer's key apart from it (docs/backup.md).
    Exit code 1 when the proof fails.
    """
    from worker.backup.errors import BackupRefused
    from worker.backup.make import make
    from worker.backup.manifest import Manifest
    from worker.backup.prove import prove
    from worker.backup.restore import running
    from worker.settings import Settings

    settings = Settings()
    proof = None
    try:
        with _progress(quiet=as_json) as tell:
            if only_verify:
                manifest = Manifest.read(folder)
            else:
                with running(settings):
                    manifest = make(settings, folder, tell)
            if verify or only_verify:
                proof = prove(settings, folder, tell)
    except BackupRefused as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(1) from refusal
    if as_json:
        typer.echo(json.dumps(_data(manifest, proof), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(_lines(manifest, folder, proof)))
    raise typer.Exit(0 if proof is None or proof.well else 1)


def restore_backup(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A finished backup.", show_default=False)],
    erased: Annotated[
        list[str] | None,
        typer.Option(
            "--erased",
            metavar="WHERE",
            help="Who was erased since: a later backup, a file with one pseudonym a line, or the address of a ledger "
            "that can still be reached; repeatable. They stay erased; restrictions and holds are carried over.",
        ),
    ] = None,
    same_log: Annotated[
        bool,
        typer.Option("--same-log", help="A planned move: nothing was recorded after the backup, the seals may go on."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup back into empty databases; refuses any that hold something.

    A new log of seals begins, unless nothing was sealed after the backup. The secrets must be in their places before.
    """
    from worker.backup.errors import BackupRefused
    from worker.backup.restore import put_back_backup
    from worker.settings import Settings

    try:
        with _progress(quiet=as_json) as tell:
            done = put_back_backup(Settings(), folder, erased=erased or (), same_log=same_log, tell=tell)
    except BackupRefused as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(1) from refusal
    if as_json:
        data = {"entries": done.manifest.entries, "objects": done.objects, "erased": list(done.erased)}
        data["carried"] = list(done.carried)
        typer.echo(json.dumps({**data, "new_log": done.new_log, "next": list(done.next)}, ensure_ascii=False, indent=2))
        return
    typer.echo(
        f"{done.manifest.entries} entries of {done.manifest.cases} cases and {done.objects} files of evidence are "
        f"back, as they were on {done.manifest.made_at:%Y-%m-%d %H:%M} UTC."
    )
    typer.echo("\n".join(f"{number}. {sentence}" for number, sentence in enumerate(done.next, 1)))


def _lines(manifest: Manifest, folder: Path, proof: Proof | None) -> Iterator[str]:
    from ledger.evidence.limits import readable

    sealed = f"sealed up to {manifest.seals.size}" if manifest.seals else "not sealed"
    yield f"{manifest.entries} entries of {manifest.cases} cases, {sealed}, are in {folder}."
    evidence = manifest.evidence
    yield f"{evidence.objects} files of evidence, {readable(evidence.size)}; {len(manifest.erased)} persons are erased."
    for name in evidence.damaged:
        yield f"WRONG: the object {name[:16]}… was altered before it was copied: casefold evidence check"
    epochs = ", ".join(f"{epoch} ({mark})" for epoch, mark in manifest.master_keys.items())
    yield f"Needed to open it, and not in it: master keys {epochs or 'none'}; the matter key; the sealer's key."
    yield from manifest.notes
    if proof is None:
        yield f"It is not proved yet: casefold backup {folder} --only-verify"
        return
    yield from proof.told()
    yield "It can be put back." if proof.well else "It cannot be put back as it was: find out why, and make another."


def _data(manifest: Manifest, proof: Proof | None) -> dict[str, object]:
    return {
        "entries": manifest.entries,
        "position": manifest.position,
        "cases": manifest.cases,
        "sealed": manifest.seals.size if manifest.seals else 0,
        "objects": manifest.evidence.objects,
        "damaged": list(manifest.evidence.damaged),
        "erased": len(manifest.erased),
        "master_keys": {str(epoch): mark for epoch, mark in manifest.master_keys.items()},
        "proof": None if proof is None else [{"well": well, "text": text} for well, text in proof.lines],
        "well": None if proof is None else proof.well,
    }


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Telling]:
    """The steps, and how much of each is done, on a terminal."""
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from worker.backup.make import Telling

    if quiet or not sys.stderr.isatty():
        yield Telling()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def step(text: str) -> None:
            bar.reset(task, description=text)

        yield Telling(step, lambda what, size: bar.advance(task, size))
