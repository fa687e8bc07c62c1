"""`casefold keys status|rotate|retire`: the master keys that wrap the keys of personal data."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from ledger.keys.master import MasterKeys
    from ledger.keys.store import KeyStore
    from worker.settings import Settings

PANEL = "Operating"
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

keys = typer.Typer(help="The keys of personal data: how they stand, and their rotation.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Mount these commands."""
    app.add_typer(keys, name="keys", rich_help_panel=PANEL)


@keys.command()
def status(as_json: AsJson = False) -> None:
    """Say how many persons there are, and which master keys wrap their keys."""
    store, settings = _store()
    master = settings.master_keys()
    counts, epochs = store.counts(), store.epochs()
    found = {
        "subjects": {state.value: number for state, number in counts.items()},
        "epochs": {
            epoch: {"keys": epochs.get(epoch, 0), "fingerprint": master.fingerprint(epoch)}
            for epoch in sorted(master.keys)
        },
        "missing_epochs": sorted(set(epochs) - set(master.keys)),
        "in_use": master.newest,
    }
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        typer.echo(f"Persons: {', '.join(f'{number} {state}' for state, number in counts.items()) or 'none yet'}.")
        for epoch in sorted(master.keys):
            used = " (in use)" if epoch == master.newest else ""
            typer.echo(f"Master key {epoch}{used}, {master.fingerprint(epoch)}: wraps {epochs.get(epoch, 0)} keys.")
        for epoch in found["missing_epochs"]:  # type: ignore[attr-defined]
            typer.echo(f"Master key {epoch} is MISSING: {epochs[epoch]} keys cannot be opened.")
    raise typer.Exit(1 if found["missing_epochs"] else 0)


@keys.command()
def rotate() -> None:
    """Make a new master key and wrap all keys by it; the old one stays until `casefold keys retire`.

    Do it each month. Backups of the key store hold keys wrapped by old master keys: once these are retired, an erased
    person's key in an old backup opens nothing any more.
    """
    from rich.progress import Progress

    store, settings = _store()
    total = sum(store.epochs().values())  # before a new key is made: the key store must be there
    master = _next(settings)
    with Progress(disable=not os.isatty(2)) as bar:
        task = bar.add_task("Wrapping keys anew", total=total)
        done = 0
        for done in store.rewrap():
            bar.update(task, completed=done)
    typer.echo(f"Master key {master.newest} is in use; {done} keys were wrapped by it.")
    if left := {epoch: number for epoch, number in store.epochs().items() if epoch != master.newest}:
        typer.echo(f"Not wrapped anew, because they cannot be unwrapped here: {sum(left.values())} keys.", err=True)
    typer.echo("Keep a copy of it where neither the ledger nor the key store is. Next: casefold keys retire")


@keys.command()
def retire() -> None:
    """Forget the master keys that wrap nothing any more, once no backup needs them. This cannot be undone."""
    store, settings = _store()
    master = settings.master_keys()
    if settings.given_master_keys is not None:
        typer.echo("The master keys are given by CASEFOLD_MASTER_KEYS: take those out that wrap nothing any more.")
        raise typer.Exit(2)
    with store.retiring() as epochs:
        unused = set(master.keys) - set(epochs) - {master.newest}
        if not unused:
            typer.echo("Every master key is in use; nothing to retire.")
            return
        write(settings.master_keys_file, master.without(unused))
    named = ", ".join(map(str, sorted(unused)))
    typer.echo(f"Retired: {named}. What only these wrapped, in old backups too, opens no more.")


def _next(settings: Settings) -> MasterKeys:
    """The master keys with a new one on top; given by the environment, they are taken as they are."""
    from ledger.keys.master import MasterKeys

    if settings.given_master_keys is not None:
        return settings.master_keys()
    file = settings.master_keys_file
    master = settings.master_keys().rotated() if file.exists() else MasterKeys.first()
    write(file, master)
    return master


def write(file: Path, master: MasterKeys) -> None:
    """The whole file or nothing, readable by its owner only, durable before anything is wrapped by it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w") as out:
        out.write(master.text())
        out.flush()
        os.fsync(out.fileno())
    Path(name).replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _settings() -> Settings:
    from worker.settings import Settings

    return Settings()


def _store() -> tuple[KeyStore, Settings]:
    from ledger.keys.store import KeyStore

    settings = _settings()
    return KeyStore(settings.keys_url, settings.master_keys), settings
