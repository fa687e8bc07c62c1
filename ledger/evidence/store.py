"""Where objects lie: a folder, or with an extra an S3-compatible store. An object is whole or not there.

Its name is the SHA-256 of its sealed bytes: it tells nothing of the file, and anybody can check it without a key.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from ledger.evidence.errors import EvidenceMissing, EvidenceUnavailable
from ledger.evidence.sealed_file import Readable


class Area(StrEnum):
    """What may be given to people, and what may not."""

    OBJECTS = "objects"
    QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Stored:
    """One object, as the store lists it."""

    name: str
    area: Area
    size: int
    at: datetime


class Opened(Readable, Protocol):
    """An object that is being read."""

    def close(self) -> None:
        """Be done with it."""


class Draft(Protocol):
    """An object that is being written; left without `keep`, nothing of it stays."""

    def write(self, data: bytes) -> None:
        """Add bytes."""

    def keep(self, area: Area) -> str:
        """Make it an object, durably; its name."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Store(Protocol):
    """Keeps objects. Everything raises EvidenceUnavailable when it cannot be done now."""

    @property
    def where(self) -> str:
        """The store's place, for people."""

    def draft(self) -> Draft:
        """Begin an object."""

    def open(self, name: str, area: Area) -> Opened:
        """Read an object. Raises EvidenceMissing."""

    def has(self, name: str, area: Area) -> bool:
        """Whether it is there."""

    def move(self, name: str, before: Area, after: Area) -> None:
        """Put it into the other area. Nothing when it is not there."""

    def remove(self, name: str, area: Area) -> None:
        """Take it away. Nothing when it is not there."""

    def all(self) -> Iterator[Stored]:
        """Every object."""

    def remove_drafts(self, before: datetime) -> int:
        """Take away what interrupted writers have left; how much."""


def open_store(place: str) -> Store:
    """The store at a place: ``s3://bucket/prefix?endpoint=…``, or a folder, which is made when it is first written."""
    if place.startswith("s3://"):
        from ledger.evidence.s3 import S3Store

        return S3Store.of(place)
    return FolderStore(Path(place).expanduser().absolute())


class FolderStore:
    """Objects in a folder, which only the program's own user may read."""

    DRAFTS = "incoming"

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def where(self) -> str:
        """The folder."""
        return str(self.path)

    def draft(self) -> FolderDraft:
        """Begin an object."""
        try:
            return FolderDraft(self, self._made(self.path / self.DRAFTS))
        except OSError as error:
            raise self._unavailable(error) from error

    def open(self, name: str, area: Area) -> Opened:
        """Read an object."""
        try:
            return self.file(name, area).open("rb")
        except (FileNotFoundError, NotADirectoryError) as error:
            raise EvidenceMissing(self.where, name) from error
        except OSError as error:
            raise self._unavailable(error) from error

    def has(self, name: str, area: Area) -> bool:
        """Whether it is there."""
        return self.file(name, area).is_file()

    def move(self, name: str, before: Area, after: Area) -> None:
        """Put it into the other area; never a moment in neither."""
        with suppress(FileNotFoundError):
            self.place(self.file(name, before), name, after)
            self._sync(self.file(name, before).parent)

    def remove(self, name: str, area: Area) -> None:
        """Take it away."""
        file = self.file(name, area)
        try:
            file.unlink(missing_ok=True)
            if file.parent.exists():
                self._sync(file.parent)
        except OSError as error:
            raise self._unavailable(error) from error

    def all(self) -> Iterator[Stored]:
        """Every object."""
        for area in Area:
            for file in sorted((self.path / area).glob("??/*")):
                with suppress(FileNotFoundError):  # moved or removed meanwhile
                    found = file.stat()
                    yield Stored(file.name, area, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def remove_drafts(self, before: datetime) -> int:
        """Take away what interrupted writers have left."""
        removed = 0
        for file in (self.path / self.DRAFTS).glob("*"):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < before.timestamp():
                    file.unlink()
                    removed += 1
        return removed

    def file(self, name: str, area: Area) -> Path:
        """Where an object lies."""
        return self.path / area / name[:2] / name

    def place(self, file: Path, name: str, area: Area) -> None:
        """Put a finished file in its place, durably."""
        try:
            target = self.file(name, area)
            self._made(target.parent)
            file.replace(target)
            self._sync(target.parent)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._unavailable(error) from error

    def _made(self, folder: Path) -> Path:
        """The folder, made durably when it is not there."""
        if not folder.is_dir():
            if folder != self.path:
                self._made(folder.parent)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sync(folder.parent)
        return folder

    def _sync(self, folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _unavailable(self, error: OSError) -> EvidenceUnavailable:
        return EvidenceUnavailable(self.where, error.strerror or type(error).__name__)


class FolderDraft:
    """An object that is being written to a file beside the others."""

    def __init__(self, store: FolderStore, folder: Path) -> None:
        self._store = store
        handle, name = tempfile.mkstemp(dir=folder)  # mkstemp: 0600 from the first moment
        self._file, self._path = os.fdopen(handle, "wb"), Path(name)
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._digest.update(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise self._store._unavailable(error) from error

    def keep(self, area: Area) -> str:
        """Write it down to the disk, then give it its name."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._store._unavailable(error) from error
        name = self._digest.hexdigest()
        self._store.place(self._path, name, area)
        return name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # what could not be written cannot be flushed either
            self._file.close()
        self._path.unlink(missing_ok=True)
