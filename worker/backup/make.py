"""Makes a backup while people work: first the ledger, then what it speaks of, last whose data must stay erased.

Each step leaves what the steps after it can only add to: an entry's keys are made and its files stored before the entry
is, so they are among what is copied after it. Of what is published, exactly as much is taken as the copied ledger has.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from psycopg import Connection

from ledger.evidence.store import FolderStore, open_store
from ledger.migrate import KEYS, LEDGER, shipped
from ledger.seal.errors import NoSeals
from ledger.seal.keys import read_key
from ledger.traces import ERASED
from worker.backup.copies import copy_objects, copy_seals
from worker.backup.errors import BackupRefused
from worker.backup.manifest import DatabaseCopy, Manifest, SealsCopy, fingerprint, sync
from worker.backup.standing import standing_now
from worker.backup.tables import copy_out, one_moment
from worker.settings import Settings

LEDGER_FOLDER, KEYS_FOLDER, SEALS_FOLDER, EVIDENCE_FOLDER = "ledger", "keys", "seals", "evidence"
SCHEMA_FOLDER, MEMORY = "schema", "sealer.json"

FIGURES = """
SELECT count(*), coalesce(max(notification_id), 0),
       count(*) FILTER (WHERE originator_version = 1 AND originator_id >= 'C-' AND originator_id < 'C.'),
       (SELECT max(epoch) FROM casefold.ledger_epoch)
FROM casefold.stored_events
"""
HEAD = "SELECT origin, size FROM casefold_seal.head ORDER BY log DESC LIMIT 1"
ERASED_KEYS = "SELECT subject FROM casefold_keys.subject WHERE state = 'erased'"

README = """A backup of Casefold, made by `casefold backup`.

manifest.json    what is in here, with digests; written last
ledger/          the tables of the ledger's database, as PostgreSQL's COPY writes them, compressed
keys/            the tables of the key store: keys of persons, wrapped by master keys that are NOT in here
seals/           what was published of the ledger: checkpoints and tiles
sealer.json      what the sealer had signed last
evidence/        sealed files of evidence; each is called by its SHA-256
schema/          the SQL files that made the tables

No secret is in here. To put it back you need, from where you keep them apart: the master keys, the matter key, and the
sealer's key. `casefold restore-backup FOLDER` puts it back into empty databases; docs/backup.md is the manual.
"""


@dataclass
class Telling:
    """What is told while it goes on."""

    step: Callable[[str], None] = lambda text: None
    """A step begins."""
    tick: Callable[[str, int], None] = lambda what, size: None
    """So many bytes more of something."""


@dataclass(frozen=True)
class _Ledger:
    copied: DatabaseCopy
    entries: int
    position: int
    cases: int
    epoch: str
    origin: str
    sealed: int


def make(settings: Settings, folder: Path, tell: Telling | None = None) -> Manifest:
    """Make a backup in a new folder. Raises BackupRefused and LedgerError; then the folder holds none."""
    tell = tell or Telling()
    _begin(folder)
    master = settings.master_keys()
    tell.step("Ledger")
    ledger = _ledger(settings, folder, tell)
    tell.step("Seals")
    seals = _seals(settings, folder, ledger)
    tell.step("Keys")
    with one_moment(settings.keys_owner_url, "casefold backup") as connection:
        keys = copy_out(connection, KEYS, folder / KEYS_FOLDER, tell.tick)
        epochs = _epochs(connection)
    tell.step("Evidence")
    store = FolderStore(folder / EVIDENCE_FOLDER)
    evidence = copy_objects(open_store(settings.evidence), store, lambda size: tell.tick("evidence", size))
    tell.step("Erasures")
    manifest = Manifest(
        made_at=datetime.now(UTC),
        program=version("casefold"),
        entries=ledger.entries,
        position=ledger.position,
        cases=ledger.cases,
        epoch=ledger.epoch,
        ledger=ledger.copied,
        keys=keys,
        seals=seals,
        evidence=evidence,
        erased=erased_now(settings.owner_url, settings.keys_owner_url),
        standing=standing_now(settings.owner_url),
        master_keys={epoch: master.fingerprint(epoch) for epoch in epochs if epoch in master.keys},
        matter_key=fingerprint(settings.matter_key),
        notes=tuple(f"The master key of epoch {epoch} is not here." for epoch in epochs if epoch not in master.keys),
    )
    _schema(folder)
    (folder / "README.txt").write_text(README, encoding="utf-8")
    manifest.write(folder)
    sync(folder.parent)
    return manifest


def _begin(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupRefused(f"{folder} is there already and not empty: name a new folder for each backup.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise BackupRefused(f"{folder} cannot be made ({error.strerror}).") from error


def _ledger(settings: Settings, folder: Path, tell: Telling) -> _Ledger:
    with one_moment(settings.owner_url, "casefold backup") as connection:
        entries, position, cases, epoch = connection.execute(FIGURES).fetchall()[0]
        origin, sealed = connection.execute(HEAD).fetchone() or ("", 0)
        copied = copy_out(connection, LEDGER, folder / LEDGER_FOLDER, tell.tick)
    return _Ledger(copied, entries, position, cases, epoch or "", origin, sealed)


def _seals(settings: Settings, folder: Path, ledger: _Ledger) -> SealsCopy | None:
    if settings.sealer_memory.exists():
        shutil.copyfile(settings.sealer_memory, folder / MEMORY)
    key = log_key(settings)
    return copy_seals(settings.seals, folder / SEALS_FOLDER, ledger.origin, ledger.sealed, key)


def log_key(settings: Settings) -> str:
    """The log's public key, where its private one is at hand; else an empty text."""
    try:
        return str(read_key(settings.sealer_key).verifier)
    except (OSError, NoSeals):
        return ""


def _epochs(connection: Connection[Any]) -> list[int]:
    statement = (
        "SELECT epoch FROM casefold_keys.subject_key WHERE wrapped IS NOT NULL"
        " UNION SELECT epoch FROM casefold_keys.secret ORDER BY 1"
    )
    return [int(epoch) for (epoch,) in connection.execute(statement).fetchall()]


def erased_now(ledger_url: str, keys_url: str = "") -> tuple[str, ...]:
    """Whose data is erased, as a ledger and, if it is named, its key store say."""
    with one_moment(ledger_url, "casefold backup") as connection:
        found = {str(subject) for (subject,) in connection.execute(ERASED).fetchall()}
    if keys_url:
        with one_moment(keys_url, "casefold backup") as connection:
            found |= {str(subject) for (subject,) in connection.execute(ERASED_KEYS).fetchall()}
    return tuple(sorted(found))


def _schema(folder: Path) -> None:
    """The SQL files, for whoever must read the copy without this program."""
    for schema, name in ((LEDGER, LEDGER_FOLDER), (KEYS, KEYS_FOLDER)):
        place = folder / SCHEMA_FOLDER / name
        place.mkdir(parents=True)
        for migration in shipped(schema):
            (place / migration.name).write_text(migration.text, encoding="utf-8")
