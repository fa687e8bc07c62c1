"""Signs what was sealed when it continues what was signed last, and publishes it.

What was signed last is kept in a file of the signer's own, neither in the database nor among what is published: an
older backup put back into either of them takes nothing away from this memory.
"""

from __future__ import annotations

import base64
import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from ledger.seal.errors import NoSeals, SealRefused
from ledger.seal.folder import CHECKPOINT, Folder
from ledger.seal.merkle import Range
from ledger.seal.note import Checkpoint, Note, Signer, signed
from ledger.seal.sealer import leaves_between, log_of, tree_of
from ledger.seal.tiles import Tiles, grow

HEAD = "SELECT size, peaks FROM casefold_seal.head WHERE log = %s"
LATER = "SELECT size, root FROM casefold_seal.checkpoint WHERE log = %s AND size > %s ORDER BY size"
OPEN = "SELECT size FROM casefold_seal.checkpoint WHERE log = %s AND note IS NULL AND size <= %s ORDER BY size"
NOTE = "UPDATE casefold_seal.checkpoint SET note = %s WHERE log = %s AND size = %s AND note IS NULL"


NOTHING_IS_SIGNED = (
    "Nothing is signed until somebody has put the newer one back, or has begun a new log: casefold seal --new-log."
)


@dataclass(frozen=True)
class Memory:
    """The file that keeps the tree that was signed last."""

    path: Path

    def recall(self, origin: str) -> Range:
        """The tree that was signed last; the empty one when nothing was. Raises SealRefused."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            tree = tree_of(int(found["size"]), b"".join(bytes.fromhex(peak) for peak in found["peaks"]))
            whole = tree.root == base64.b64decode(found["root"], validate=True)
            log = found["origin"]
        except FileNotFoundError:
            return Range()
        except (ValueError, KeyError, TypeError) as error:
            raise SealRefused(f"{self.path}, which keeps what was signed last, cannot be read ({error}).") from error
        if not whole:
            raise SealRefused(f"{self.path}, which keeps what was signed last, is damaged.")
        if log != origin:
            raise SealRefused(f"{self.path} belongs to the log {log}, and not to {origin}.")
        return tree

    def keep(self, origin: str, tree: Range) -> None:
        """Remember this one from now on, before anybody gets to see its signature."""
        content = {
            "origin": origin,
            "size": tree.size,
            "root": base64.b64encode(tree.root).decode(),
            "peaks": [peak.hex() for peak in tree.peaks],
        }
        Folder(self.path.parent).replace({self.path.name: json.dumps(content, indent=1).encode() + b"\n"})

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One at a time, whoever else signs with the same memory."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with (self.path.parent / f".{self.path.name}.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


class Notary:
    """Signs and publishes the checkpoints of one log."""

    def __init__(self, signer: Signer, memory: Memory, folder: Folder) -> None:
        self.signer = signer
        self.memory = memory
        self.folder = folder

    def check(self, connection: Connection[Any]) -> int:
        """Look, before anything is added, whether the tree in the database still continues what was signed.

        The number of the log. Raises SealRefused.
        """
        self.memory.recall(self.signer.name)
        log = log_of(connection, self.signer.name)
        refuse_rolled_back(connection, log, self.signer.name, self.memory, self.folder)
        return log

    def sign(self, connection: Connection[Any]) -> list[Checkpoint]:
        """Sign and publish every checkpoint since the last one, each a continuation of the one before.

        Signing again gives the same bytes, so that a crash anywhere leaves nothing to be undone. Raises SealRefused.
        """
        done = []
        with self.memory.alone():
            log = self.check(connection)
            tree = self._last(connection, log)
            if tree.size:
                self._catch_up(connection, log, tree)
            cursor = connection.cursor(row_factory=tuple_row, binary=True)
            for size, root in cursor.execute(LATER, [log, tree.size]).fetchall():
                before = Range(tree.size, list(tree.peaks))
                tree.extend(leaves_between(connection, log, tree.size, size))
                if (tree.size, tree.root) != (size, root):
                    raise self._not_a_continuation(before, size, root)
                self.memory.keep(self.signer.name, tree)
                done.append(self._publish(connection, log, tree))
        return done

    def _last(self, connection: Connection[Any], log: int) -> Range:
        """The tree that was signed last. Where the memory is behind what is published, it was lost: that binds too."""
        tree = self.memory.recall(self.signer.name)
        published = published_in(self.folder)
        if published is not None and published[1].size > tree.size:
            note, there = published
            if not note.signed_by(self.signer.verifier):
                raise SealRefused(f"The checkpoint in {self.folder.path} is not signed by {self.signer.name}.")
            tree.extend(leaves_between(connection, log, tree.size, there.size))
            if (tree.size, tree.root) != (there.size, there.root):
                raise rolled_back(f"{self.folder.path} holds a checkpoint of", there, tree)
            self.memory.keep(self.signer.name, tree)
        return tree

    def _catch_up(self, connection: Connection[Any], log: int, tree: Range) -> None:
        """Publish and write down once more what a crash left signed, but not published or not written down."""
        there = published_in(self.folder)
        unsigned = connection.execute(OPEN, [log, tree.size]).fetchall()
        if there is None or there[1].size < tree.size or unsigned:
            self._publish(connection, log, tree)

    def _publish(self, connection: Connection[Any], log: int, tree: Range) -> Checkpoint:
        checkpoint = Checkpoint(self.signer.name, tree.size, tree.root)
        note = signed(checkpoint.text, [self.signer]).encode()
        there = published_in(self.folder)
        old = there[1].size if there else 0
        if old < tree.size:
            self._publish_tiles(connection, log, old, tree)
        if old == 0:
            self._publish_earlier(connection, log, tree.size)
        self.folder.write({f"checkpoints/{tree.size}": note})
        self.folder.replace({CHECKPOINT: note})
        connection.execute(NOTE, [note.decode(), log, tree.size])
        return checkpoint

    def _publish_earlier(self, connection: Connection[Any], log: int, size: int) -> None:
        """In an empty folder: the checkpoints before this one too, as far as the leaves still lead to them."""
        notes = {}
        tree = Range()
        for at, root in connection.execute(LATER, [log, 0]).fetchall():
            if at < size:
                tree.extend(leaves_between(connection, log, tree.size, at))
                if tree.root == bytes(root):
                    text = Checkpoint(self.signer.name, at, tree.root).text
                    notes[f"checkpoints/{at}"] = signed(text, [self.signer]).encode()
        self.folder.write(notes)

    def _publish_tiles(self, connection: Connection[Any], log: int, old: int, tree: Range) -> None:
        """The tiles up to this size; all of them when the folder has lost some. They must lead to the signed root."""

        def leaves(start: int, end: int) -> list[bytes]:
            return leaves_between(connection, log, start, end)

        try:
            grow(self.folder, old, tree.size, leaves)
            root = Tiles(self.folder.read, tree.size).root
        except NoSeals:
            grow(self.folder, 0, tree.size, leaves)
            root = Tiles(self.folder.read, tree.size).root
        if root != tree.root:
            raise SealRefused(
                f"The tiles in {self.folder.path} do not lead to the root of {tree.size} entries: leaves in the "
                "database, or tiles, were changed after they had been sealed. Nothing is published."
            )

    def _not_a_continuation(self, last: Range, size: int, root: bytes) -> SealRefused:
        return SealRefused(
            f"The tree of {size} entries, root {short(root)}, does not continue the one that {self.signer.name} signed "
            f"last: {last.size} entries, root {short(last.root)}. The ledger was rolled back, or its seals were "
            f"changed. {NOTHING_IS_SIGNED}"
        )


def refuse_rolled_back(connection: Connection[Any], log: int, origin: str, memory: Memory, folder: Folder) -> None:
    """Whether the tree in the database still continues what was signed and published; writes nothing.

    Raises SealRefused.
    """
    last = memory.recall(origin)
    size, peaks = connection.cursor(row_factory=tuple_row, binary=True).execute(HEAD, [log]).fetchall()[0]
    tree = tree_of(size, peaks)
    if size < last.size or (size == last.size and tree.root != last.root):
        raise rolled_back(f"{origin} last signed", last, tree)
    published = published_in(folder)
    if published is not None and published[1].origin != origin:
        raise SealRefused(f"{folder.path} belongs to the log {published[1].origin}.")
    if published is not None and published[1].size > size:
        raise rolled_back(f"{folder.path} holds a checkpoint of", published[1], tree)


def published_in(folder: Folder) -> tuple[Note, Checkpoint] | None:
    """The newest published checkpoint. One that cannot be read was changed by somebody: files are written whole."""
    try:
        return folder.checkpoint()
    except NoSeals as error:
        raise SealRefused(f"{error} Nothing is signed until it is as it was.") from error


def rolled_back(who: str, there: Range | Checkpoint, now: Range) -> SealRefused:
    """The refusal that names both trees."""
    return SealRefused(
        f"The seals were rolled back: {who} {there.size} entries, root {short(there.root)}, and the database has "
        f"{now.size}, root {short(now.root)}. An older backup was put back, or a server that lagged behind took over. "
        f"{NOTHING_IS_SIGNED}"
    )


def short(root: bytes) -> str:
    """A root as checkpoints show it."""
    return base64.b64encode(root).decode()
