"""What lies in folders: published seals, cut to one size of the ledger; objects of evidence, checked on their way."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ledger.evidence.errors import EvidenceMissing
from ledger.evidence.sealed_file import pieces
from ledger.evidence.store import Store
from ledger.seal.errors import NoSeals
from ledger.seal.folder import CHECKPOINT, Folder
from ledger.seal.notary import short
from ledger.seal.note import Checkpoint
from ledger.seal.tiles import Tiles
from worker.backup.errors import BackupRefused
from worker.backup.manifest import EvidenceCopy, SealsCopy

TRIES = 5
"""How often a published folder is copied that grows meanwhile, until the copy leads to its checkpoint."""
NUMBERED = ("checkpoints", "witness")
"""Folders whose files are called by the size that they speak of."""


def copy_seals(source: Path, target: Path, origin: str, size: int, log_key: str) -> SealsCopy | None:
    """Copy what is published of a ledger of this size, and nothing later; None when nothing was published so far.

    The folder goes on growing while it is copied. What a larger tree needs besides does no harm.
    """
    published = Folder(source)
    sizes = [one for one in published.sizes() if one <= size]
    found = published.checkpoint()
    if not sizes or found is None or found[1].origin != origin:
        return None
    content = published.read(f"checkpoints/{sizes[-1]}")
    for _ in range(TRIES):
        _copy_published(source, target, sizes[-1])
        copied = Folder(target)
        copied.replace({CHECKPOINT: content or b""})
        newest = copied.checkpoint()
        if newest is not None and _leads_to(copied, newest[1]):
            files = sum(1 for file in target.rglob("*") if file.is_file())
            return SealsCopy(log_key, newest[1].origin, newest[1].size, short(newest[1].root), files)
    raise BackupRefused(
        f"The tiles in {source} do not lead to the checkpoint of {sizes[-1]} entries: casefold verify says what is "
        "wrong. No backup was made."
    )


def _copy_published(source: Path, target: Path, newest: int) -> None:
    for file in sorted(source.rglob("*")):
        name = file.relative_to(source)
        number = name.name.partition(".")[0]
        later = name.parts[0] in NUMBERED and number.isdecimal() and int(number) > newest
        if file.name.startswith(".") or later or str(name) == CHECKPOINT or not file.is_file():
            continue
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(file, place)
        except FileNotFoundError:
            continue  # a tile that is full now, and has its own file


def _leads_to(folder: Folder, checkpoint: Checkpoint) -> bool:
    try:
        return Tiles(folder.read, checkpoint.size).root == checkpoint.root
    except NoSeals:
        return False


def put_back_folder(source: Path, target: Path) -> None:
    """Copy a folder to where nothing is yet."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    for folder, _, _ in os.walk(target):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def copy_objects(source: Store, target: Store, tick: Callable[[int], None] = lambda _: None) -> EvidenceCopy:
    """Copy every object that the other store has not yet; those that are not what their names say are named.

    ``tick`` is told how many bytes have been copied since.
    """
    objects = size = 0
    damaged = []
    for one in source.all():
        if target.has(one.name, one.area):
            continue
        try:
            object_ = source.open(one.name, one.area)
        except EvidenceMissing:
            continue  # deleted since, because its person was erased, or moved to the area that is listed next
        with closing(object_), target.draft() as draft:
            for piece, _ in pieces(object_):
                draft.write(piece)
                tick(len(piece))
            name = draft.keep(one.area)
        if name != one.name:
            target.remove(name, one.area)
            damaged.append(one.name)
        else:
            objects, size = objects + 1, size + one.size
    return EvidenceCopy(objects, size, tuple(damaged))
