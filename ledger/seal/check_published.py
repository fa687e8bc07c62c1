"""Checks what was published by itself: every checkpoint is signed, and the tiles lead to every root."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from psycopg import Connection

from ledger.seal.comparison import Leaves
from ledger.seal.errors import NoSeals
from ledger.seal.findings import Check, Fault, Report, Verdict
from ledger.seal.folder import Folder, checkpoint_in, witness_file
from ledger.seal.merkle import Range, root_of_full
from ledger.seal.notary import short
from ledger.seal.note import Checkpoint, Note, Verifier
from ledger.seal.sealer import leaves_between
from ledger.seal.tiles import WIDTH, Tiles, split


@dataclass
class Published:
    """The checkpoints that bind the ledger, verified; the newest is the one that entries are held against."""

    newest: Checkpoint
    log: int | None = None
    """The number of this log in the database; None: the database knows none of its name."""
    roots: dict[int, list[tuple[bytes, str]]] = field(default_factory=dict)
    """Size → roots that somebody signed for it, and where that stands."""


def check_checkpoints(
    report: Report,
    folder: Folder,
    key: Verifier,
    witnesses: Sequence[Verifier],
    against: Sequence[tuple[str, bytes]],
) -> Published | None:
    """Every published checkpoint is signed; the newest is the largest; witnesses and kept ones agree."""
    check = Check("checkpoints")
    report.checks.append(check)
    newest = _signed(check, folder.read("checkpoint"), "checkpoint", key)
    if newest is None:
        return None
    published = Published(newest)
    published.roots[newest.size] = [(newest.root, "checkpoint")]
    for size in folder.sizes():
        name = f"checkpoints/{size}"
        found = _signed(check, folder.read(name), name, key)
        if found is not None and found.size != size:
            check.fault(Fault(Verdict.INCONSISTENT, detail=f"{name} speaks of {found.size} entries"))
        elif found is not None:
            published.roots.setdefault(size, []).append((found.root, name))
    for name, content in against:
        found = _signed(check, content, name, key)
        if found is not None:
            published.roots.setdefault(found.size, []).append((found.root, name))
    check.found = f"{len(published.roots)} signed by {key.name}, the newest over {newest.size} entries"
    if witnesses:
        report.checks.append(_witnesses(folder, key, witnesses, published))
    for size in published.roots:
        if size > newest.size:
            where = published.roots[size][0][1]
            detail = f"{where} speaks of {size} entries, the newest published checkpoint of {newest.size}"
            check.fault(Fault(Verdict.ROLLED_BACK, detail=detail))
    return published


def _signed(check: Check, content: bytes | None, name: str, key: Verifier) -> Checkpoint | None:
    """The checkpoint in a file when this key has signed it."""
    try:
        found = checkpoint_in(content, name)
    except NoSeals as error:
        check.fault(Fault(Verdict.BAD_SIGNATURE, detail=str(error)))
        return None
    if found is None:
        check.fault(Fault(Verdict.MISSING, detail=f"there is no {name} where checkpoints are published"))
        return None
    note, checkpoint = found
    if not note.signed_by(key):
        check.fault(Fault(Verdict.BAD_SIGNATURE, detail=f"{name} is not signed by {key}"))
        return None
    if checkpoint.origin != key.name:
        check.fault(Fault(Verdict.BAD_SIGNATURE, detail=f"{name} is one of the log {checkpoint.origin}"))
        return None
    return checkpoint


def _witnesses(folder: Folder, key: Verifier, witnesses: Sequence[Verifier], published: Published) -> Check:
    """Each witness that is asked for has cosigned, and what it has cosigned is in the same tree."""
    check = Check("witnesses")
    said = []
    for witness in witnesses:
        size, note = _newest_cosigned(folder, witness)
        if note is None:
            check.fault(Fault(Verdict.MISSING, detail=f"{witness.name} has cosigned nothing"))
            continue
        name = witness_file(witness.name, size)
        checkpoint = _signed(check, note, name, key)
        if checkpoint is None:
            continue
        if not Note.parse(note.decode()).signed_by(witness):
            check.fault(Fault(Verdict.BAD_SIGNATURE, detail=f"{name} is not signed by {witness}"))
            continue
        published.roots.setdefault(checkpoint.size, []).append((checkpoint.root, name))
        said.append(f"{witness.name} has cosigned {checkpoint.size} entries")
    check.found = "; ".join(said)
    return check


def _newest_cosigned(folder: Folder, witness: Verifier) -> tuple[int, bytes | None]:
    sizes = [int(size) for size in folder.names(posixpath.dirname(witness_file(witness.name, 0))) if size.isdecimal()]
    return (max(sizes), folder.read(witness_file(witness.name, max(sizes)))) if sizes else (0, None)


def check_tiles(report: Report, connection: Connection[Any], folder: Folder, published: Published) -> Leaves:
    """The published tiles lead to the root of every checkpoint. The leaves to hold entries against."""
    check = Check("tiles")
    report.checks.append(check)
    newest = published.newest
    tiles = Tiles(folder.read, newest.size)
    try:
        faults = _roots(tiles.tile_of_leaves, published)
    except NoSeals as error:
        check.fault(Fault(Verdict.MISSING, detail=str(error)))
    else:
        check.found = f"{newest.size} leaves lead to the roots of {len(published.roots)} checkpoints"
        for fault in faults:
            check.fault(fault)
        if not faults:
            return Leaves(newest.size, tiles.tile_of_leaves)
    return _other_leaves(connection, published, tiles)


def _roots(tile: Callable[[int], bytes], published: Published) -> list[Fault]:
    """What differs between the roots that these leaves lead to and those that were signed."""
    tree = Range()
    faults = []
    newest = published.newest
    sizes = sorted(size for size in published.roots if size <= newest.size)
    for start, end in pairwise([0, *sizes]):
        while tree.size < end:
            index, inside = divmod(tree.size, WIDTH)
            hashes = split(tile(index))
            until = min(WIDTH, end - index * WIDTH)
            if inside == 0 and until == WIDTH:
                tree.append(root_of_full(hashes), 8)
            else:
                tree.extend(hashes[inside:until])
        for root, where in published.roots[end]:
            if root != tree.root:
                detail = (
                    f"{where} signs the root {short(root)} of {end} entries, and the leaves lead to {short(tree.root)}"
                )
                faults.append(Fault(Verdict.INCONSISTENT, start, detail=detail))
    return faults


def _other_leaves(connection: Connection[Any], published: Published, tiles: Tiles) -> Leaves:
    """Without good tiles: the database's own leaves when those lead to the signed root, else what there is."""
    size = published.newest.size

    def own(index: int) -> bytes:
        end = min((index + 1) * WIDTH, size)
        found = leaves_between(connection, published.log, index * WIDTH, end) if published.log else []
        return b"".join(found).ljust((end - index * WIDTH) * 32, b"\0")

    only_newest = Published(published.newest, published.log, {size: [(published.newest.root, "checkpoint")]})
    if not _roots(own, only_newest):
        return Leaves(size, own)

    def whatever(index: int) -> bytes:
        try:
            return tiles.tile_of_leaves(index)
        except NoSeals:
            return own(index)

    return Leaves(size, whatever)
