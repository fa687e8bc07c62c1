"""What a backup holds, written last: a folder without its manifest is none."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from worker.backup.errors import BackupRefused
from worker.backup.standing import Standing

FORMAT = 1
NAME = "manifest.json"


@dataclass(frozen=True)
class TableFile:
    """The rows of one table, as PostgreSQL's COPY writes them, compressed."""

    table: str
    """With its schema: ``casefold.stored_events``."""
    columns: tuple[str, ...]
    rows: int
    file: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Applied:
    """A migration that the schema had."""

    number: int
    name: str
    checksum: str


@dataclass(frozen=True)
class DatabaseCopy:
    """One database at one moment."""

    schema: str
    """The one whose migrations these are: ``casefold`` or ``casefold_keys``."""
    migrations: tuple[Applied, ...]
    tables: tuple[TableFile, ...]
    sequences: Mapping[str, int]
    """Name → the last number given out."""


@dataclass(frozen=True)
class SealsCopy:
    """What was published of the ledger."""

    log_key: str
    """The log's public key; empty when it was not at hand."""
    origin: str
    size: int
    root: str
    files: int


@dataclass(frozen=True)
class EvidenceCopy:
    """The objects of the evidence store."""

    objects: int
    size: int
    damaged: tuple[str, ...] = ()
    """Objects that were not what their names say already when they were copied."""


@dataclass(frozen=True)
class Manifest:
    """All of it. No secret is in here, nor in the backup."""

    made_at: datetime
    program: str
    entries: int
    position: int
    """Of the newest entry."""
    cases: int
    epoch: str
    ledger: DatabaseCopy
    keys: DatabaseCopy
    seals: SealsCopy | None
    evidence: EvidenceCopy
    erased: tuple[str, ...]
    """Persons whose data had been erased when the backup was finished: they stay erased wherever it is put back."""
    standing: Standing
    """What must not be done with persons' data, as it was when the backup was finished."""
    master_keys: Mapping[int, str]
    """Epoch → fingerprint of the master key that is needed to open what is wrapped by it."""
    matter_key: str
    """Fingerprint of the key under which matters are recognised."""
    format: int = FORMAT
    notes: tuple[str, ...] = field(default=())

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Of a finished backup. Raises BackupRefused."""
        try:
            text = (folder / NAME).read_bytes()
        except OSError as error:
            raise BackupRefused(
                f"{folder} holds no finished backup ({NAME} cannot be read: {error.strerror}). An interrupted backup "
                "has none: make a new one."
            ) from error
        try:
            found = _ADAPTER.validate_json(text)
        except ValidationError as error:
            raise BackupRefused(f"{folder / NAME} cannot be read: it is not what this program writes.") from error
        if found.format != FORMAT:
            raise BackupRefused(f"{folder} is a backup of format {found.format}: this program knows format {FORMAT}.")
        return found

    def write(self, folder: Path) -> None:
        """Finish a backup."""
        with (folder / NAME).open("wb") as file:
            file.write(_ADAPTER.dump_json(self, indent=1) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        sync(folder)


_ADAPTER = TypeAdapter(Manifest)


def fingerprint(key: bytes) -> str:
    """Names a secret without telling it."""
    return hashlib.sha256(b"casefold-backup/v1\0" + key).hexdigest()[:16]


def sync(folder: Path) -> None:
    """What was put into the folder is there after a power cut, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
