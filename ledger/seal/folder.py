"""The published folder, which tells of the ledger outside the database's reach. Files are whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ledger.seal.errors import NoSeals, SealRefused
from ledger.seal.note import BadNote, Checkpoint, Note

CHECKPOINT = "checkpoint"
"""The newest checkpoint; each is also kept as ``checkpoints/<size>``."""

AT_ONCE = 16
"""Files that are written at the same time."""

Read = Callable[[str], bytes | None]
"""A path in the published folder → what is there; None: nothing. However it is reached."""


@dataclass(frozen=True)
class Folder:
    """A folder on this machine, or mounted from another one."""

    path: Path

    def read(self, name: str) -> bytes | None:
        """What is there; None when nothing is."""
        try:
            return (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, files: Mapping[str, bytes]) -> None:
        """Put files there that are never changed. Raises SealRefused when other ones are there already."""
        new = {}
        for name, content in files.items():
            there = self.read(name)
            if there is None:
                new[name] = content
            elif there != content:
                raise SealRefused(f"{self.path / name} is there already and says something else: somebody changed it.")
        self.replace(new)

    def replace(self, files: Mapping[str, bytes]) -> None:
        """Put files in the place of those that are there; after a crash each is the old one or the new one."""
        folders = {(self.path / name).parent for name in files}
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        if len(files) > 1:  # side by side, because the disk answers many requests at once as fast as one
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(self._replace, files, files.values()))
        else:
            for name, content in files.items():
                self._replace(name, content)
        for folder in folders:
            _sync(folder)

    def _replace(self, name: str, content: bytes) -> None:
        path = self.path / name
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(0o644)  # anybody may read it: there are only hashes in it
        Path(draft).replace(path)

    def remove(self, name: str) -> None:
        """Take away what is no longer needed, where the folder's storage lets us."""
        with suppress(OSError):
            path = self.path / name
            path.unlink()
            path.parent.rmdir()

    def names(self, folder: str) -> list[str]:
        """What lies in a folder of it; drafts that a crash left there do not count."""
        try:
            return sorted(one.name for one in (self.path / folder).iterdir() if not one.name.startswith("."))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def checkpoint(self) -> tuple[Note, Checkpoint] | None:
        """The newest checkpoint, unverified; None when none was published yet."""
        return checkpoint_in(self.read(CHECKPOINT), str(self.path / CHECKPOINT))

    def sizes(self) -> list[int]:
        """The sizes of all published checkpoints, in order."""
        return sorted(int(name) for name in self.names("checkpoints") if name.isdecimal())

    def witnesses(self) -> Iterator[tuple[str, list[int]]]:
        """Who has cosigned, by the name of the folder, and which sizes."""
        for name in self.names("witness"):
            yield name, sorted(int(size) for size in self.names(f"witness/{name}") if size.isdecimal())


def checkpoint_in(content: bytes | None, where: str) -> tuple[Note, Checkpoint] | None:
    """The checkpoint in a file. Raises NoSeals when it is none."""
    if content is None:
        return None
    try:
        note = Note.parse(content.decode())
        return note, Checkpoint.parse(note.text)
    except (BadNote, UnicodeDecodeError) as error:
        raise NoSeals(f"{where} is no checkpoint: {error}.") from error


def witness_file(name: str, size: int) -> str:
    """Where a witness of this name leaves its cosignature of a tree of this size."""
    return f"witness/{quote(name, safe='')}/{size}"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
