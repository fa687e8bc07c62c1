"""Exports bundles that anybody can verify with one file of Python: a case, the headers of all entries, or everything.

A bundle holds a checkpoint, a header for each entry (the very bytes that were hashed), the contents and the commands
unless they are withheld, and either a proof for each entry or all the leaves as tiles. Nothing in it needs to be
believed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from psycopg import Connection
from psycopg.rows import tuple_row

from ledger.errors import UnknownStream
from ledger.seal.bundle_commands import OF_CASE, Commands
from ledger.seal.check_entries import entries
from ledger.seal.errors import NoSeals, SealRefused
from ledger.seal.folder import Folder, checkpoint_in
from ledger.seal.leaf import Form
from ledger.seal.merkle import inclusion, leaf_hash
from ledger.seal.note import Checkpoint, Note
from ledger.seal.sealer import Row
from ledger.seal.stamps import stamp_file, stamped
from ledger.seal.tiles import WIDTH, Tiles, tile_path

VERIFIER = "casefold_verify.py"
PER_FILE = 100_000
"""Contents in one file."""
LAST = """
SELECT position FROM casefold_seal.leaf
WHERE log = (SELECT log FROM casefold_seal.head WHERE origin = %s) AND leaf_index = %s
"""


@dataclass(frozen=True)
class Bundled:
    """What was exported."""

    entries: int
    later: int
    """Entries that are not under the checkpoint yet, and not in the bundle."""
    checkpoint: Checkpoint


@dataclass(frozen=True)
class Exporter:
    """Exports from a ledger what a published checkpoint proves. Raises NoSeals, SealRefused."""

    connection: Connection[Any]
    folder: Folder
    witnessed: bool = False
    """Take the newest checkpoint that a witness has cosigned, not the newest one."""
    stamped: bool = False
    """Take the newest checkpoint that is time-stamped; with both, one that is cosigned too."""

    def case(self, stream: str, target: Path) -> Bundled:
        """The entries of one stream, and those that tell of its commands, each with its proof."""
        note, checkpoint = self._begin(target)
        tiles = Tiles(self.folder.read, checkpoint.size)
        form = Form(checkpoint.origin)
        cursor = self.connection.cursor(row_factory=tuple_row, binary=True)
        found = cursor.execute(OF_CASE.encode(), {"origin": checkpoint.origin, "stream": stream}).fetchall()
        own = [row for row in found if row[1] == stream]
        if not own:
            raise UnknownStream(stream)
        sealed = [row for row in found if row[5] is not None and row[5] < checkpoint.size]
        heads: dict[str, bytes] = {}
        name = quote(stream, safe="")[:200]
        for folder in ("states", "commands", "proofs"):
            (target / folder).mkdir()
        with (
            (target / "headers.jsonl").open("wb") as headers,
            (target / "states" / f"{name}.jsonl").open("wb") as states,
            (target / "commands" / f"{name}.jsonl").open("wb") as file,
        ):
            commands = Commands(self.connection, file, sealed[-1][0] if sealed else 0, stream)
            for position, of, version, topic, state, index in sealed:
                row = (position, of, version, topic, state)
                header, heads[of] = self._header(form, row, heads.get(of, b""), tiles, index)
                headers.write(header + b"\n")
                if state is not None:
                    states.write(state + b"\n")
                    commands.follow(of, version, state)
                proof = inclusion(tiles.node, index, checkpoint.size)
                (target / "proofs" / f"{index}.tlog-proof").write_text(proof_text(index, proof, note), encoding="utf-8")
        entries = sum(row[1] == stream for row in sealed)
        self._end(target, note, {"kind": "case", "case": stream, "entries": entries, "commands": commands.number})
        return Bundled(entries, len(own) - entries, checkpoint)

    def all(self, target: Path, *, contents: bool = True) -> Bundled:
        """All entries under the checkpoint, with their contents and commands or only their headers."""
        note, checkpoint = self._begin(target)
        tiles = Tiles(self.folder.read, checkpoint.size)
        form = Form(checkpoint.origin)
        heads: dict[str, bytes] = {}
        number = 0
        with ExitStack() as stack:
            headers = stack.enter_context((target / "headers.jsonl").open("wb"))
            states = stack.enter_context(_Numbered(target / "states")) if contents else None
            commands = None
            if contents:
                lines = stack.enter_context(_Numbered(target / "commands"))
                commands = Commands(self.connection, lines, self._last(checkpoint))
            for row in self._rows():
                if number < checkpoint.size:
                    header, heads[row[1]] = self._header(form, row, heads.get(row[1], b""), tiles, number)
                    headers.write(header + b"\n")
                    if states is not None and commands is not None and row[4] is not None:
                        states.write(row[4] + b"\n")
                        commands.follow(row[1], row[2], row[4])
                number += 1
        for index in range(-(-checkpoint.size // WIDTH)):
            tile = tiles.tile_of_leaves(index)
            path = target / tile_path(0, index, len(tile) // 32)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tile)
        if number < checkpoint.size:
            raise SealRefused(f"The ledger has {number} entries, and {checkpoint.size} were sealed: casefold verify")
        self._end(target, note, {"kind": "all" if contents else "headers", "entries": checkpoint.size})
        return Bundled(checkpoint.size, number - checkpoint.size, checkpoint)

    def _last(self, checkpoint: Checkpoint) -> int:
        """The position of the last entry under the checkpoint."""
        asked = [checkpoint.origin, checkpoint.size - 1]
        found = self.connection.cursor(row_factory=tuple_row).execute(LAST, asked).fetchone()
        return int(found[0]) if found else 0

    def _rows(self) -> Iterator[Row]:
        for rows in entries(self.connection):
            yield from rows

    def _header(self, form: Form, row: Row, prev: bytes, tiles: Tiles, index: int) -> tuple[bytes, bytes]:
        """What is hashed of an entry, and the hash; what would not verify is not exported."""
        header = form.entry(*row, prev)
        leaf = leaf_hash(header)
        if tiles.node(0, index) != leaf:
            raise SealRefused(f"Entry {row[2]} of {row[1]} is not the one that was sealed: casefold verify tells more.")
        return header, leaf

    def _begin(self, target: Path) -> tuple[str, Checkpoint]:
        """The checkpoint that the bundle stands on, with all signatures that there are; an empty folder."""
        if target.exists() and any(target.iterdir()):
            raise SealRefused(f"{target} is not empty: name a new folder.")
        size = self._size()
        name = f"checkpoints/{size}"
        found = checkpoint_in(self.folder.read(name), name)
        if found is None:
            raise NoSeals(f"There is no {name} in {self.folder.path}.")
        note = (self.folder.read(name) or b"").decode()
        for witness, sizes in self.folder.witnesses():
            if size in sizes:
                note += _lines(self.folder.read(f"witness/{witness}/{size}") or b"", found[0])
        target.mkdir(parents=True, exist_ok=True)
        self._stamp(target, size)
        return note, found[1]

    def _stamp(self, target: Path, size: int) -> None:
        """The time stamp on the checkpoint, and the very bytes that were stamped, if it has one."""
        answer, content = self.folder.read(stamp_file(size)), self.folder.read(f"checkpoints/{size}")
        if answer is not None and content is not None:
            (target / stamp_file(size)).parent.mkdir()
            (target / stamp_file(size)).write_bytes(answer)
            (target / stamp_file(size)).with_suffix("").write_bytes(content)

    def _size(self) -> int:
        newest = self.folder.checkpoint()
        if newest is None:
            raise NoSeals(f"Nothing is published in {self.folder.path} yet: casefold seal")
        there = {size for size in self.folder.sizes() if size <= newest[1].size} | {newest[1].size}
        if self.witnessed:
            there &= {size for _, sizes in self.folder.witnesses() for size in sizes}
            if not there:
                raise NoSeals(f"No witness has cosigned anything in {self.folder.path}.")
        if self.stamped:
            there &= set(stamped(self.folder))
            if not there:
                raise NoSeals(f"No such checkpoint in {self.folder.path} is time-stamped.")
        return max(there)

    def _end(self, target: Path, note: str, manifest: dict[str, Any]) -> None:
        (target / "checkpoint").write_text(note, encoding="utf-8")
        (target / VERIFIER).write_text(verifier(), encoding="utf-8")
        unsigned = {"unsigned": "for people; the verifier does not read it", **manifest}
        (target / "manifest.json").write_text(
            json.dumps(unsigned, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )


class _Numbered:
    """Lines, each written at once, over files of a folder: numbered in order, none too long."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._number = 0

    def write(self, line: bytes) -> None:
        """One more line."""
        if self._number % PER_FILE == 0:
            self.__exit__()
            self._folder.mkdir(exist_ok=True)
            self._file = (self._folder / f"{self._number // PER_FILE:06d}.jsonl").open("wb")
        self._number += 1
        assert self._file is not None
        self._file.write(line)

    def __enter__(self) -> _Numbered:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


def proof_text(index: int, proof: list[bytes], note: str) -> str:
    """A proof in the format of C2SP tlog-proof, with the checkpoint that it leads to."""
    hashes = "".join(base64.b64encode(one).decode() + "\n" for one in proof)
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n{note}"


def verifier() -> str:
    """The stand-alone verifier, as it is shipped."""
    return files("ledger.seal").joinpath(VERIFIER).read_text(encoding="utf-8")


def _lines(cosigned: bytes, note: Note) -> str:
    """The signature lines of a cosigned checkpoint that the checkpoint itself has not; none when it is another one."""
    text, _, lines = cosigned.decode("utf-8", "replace").rpartition("\n\n")
    if text + "\n" != note.text:
        return ""
    own = {(one.name, one.key_id) for one in note.signatures}
    found = Note.parse(cosigned.decode()).signatures
    kept = zip(lines.split("\n"), found, strict=False)
    return "".join(f"{line}\n" for line, one in kept if (one.name, one.key_id) not in own)
