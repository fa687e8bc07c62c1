"""Holds the entries of the ledger against the leaves that were published, and names what is not as it was.

While all is well this is one hash after the other. At the first difference it looks ahead for the next entry that is
where it was, and what lies between was changed, removed or pushed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Protocol

from ledger.seal.command_facts import Groups
from ledger.seal.findings import NAMED, Check, Fault, Verdict
from ledger.seal.leaf import Form, recorded_at
from ledger.seal.sealer import Row

AHEAD = 128
"""How far to look ahead for an entry that is where it was."""
GIVE_UP = 50
"""Differences in a row, without anything found ahead, after which the rest is only counted."""
SUSPECTS = 64
"""Faults among which entries that only changed their places are looked for."""


class Rows:
    """Entries in the order of the ledger, some at a time, with a look ahead."""

    def __init__(self, chunks: Iterator[list[Row]]) -> None:
        self._chunks = chunks
        self._held: list[Row] = []

    def some(self) -> list[Row]:
        """The next ones; none only at the end."""
        return self.ahead(1)

    def ahead(self, number: int) -> list[Row]:
        """At least so many, if there are so many, without taking them."""
        while len(self._held) < number and (chunk := next(self._chunks, None)):
            self._held = self._held + chunk if self._held else chunk
        return self._held

    def take(self, number: int) -> None:
        """So many are done with."""
        self._held = self._held[number:]


@dataclass
class Leaves:
    """The published leaves, by index."""

    size: int
    tile: Callable[[int], bytes]
    """The bytes of a tile of level 0."""

    def block(self, start: int, number: int) -> bytes:
        """So many leaves (fewer at the end) in one piece."""
        end = min(start + number, self.size)
        if start >= end:
            return b""
        first = start // 256
        tiles = b"".join(self.tile(index) for index in range(first, (end - 1) // 256 + 1))
        return tiles[(start - first * 256) * 32 : (end - first * 256) * 32]

    def window(self, start: int, number: int) -> list[bytes]:
        """So many leaves (fewer at the end), one by one."""
        block = self.block(start, number)
        return [block[place : place + 32] for place in range(0, len(block), 32)]


class Hints(Protocol):
    """What the database's own tables say of leaves: it helps to name a fault, and proves nothing."""

    def position_of(self, index: int) -> int | None:
        """The position of the entry of a leaf."""

    def index_of(self, position: int) -> int | None:
        """The leaf of the entry at a position."""

    def leaf_of(self, stream: str, version: int) -> int | None:
        """The index of the leaf of an entry."""


@dataclass
class Suspect:
    """An entry that is not the one that was sealed at its place, or a leaf without an entry."""

    fault: Fault
    row: Row | None
    leaf: bytes | None


@dataclass
class Comparison:
    """One pass over the ledger."""

    form: Form
    leaves: Leaves
    groups: Groups
    hints: Hints
    check: Check = field(default_factory=lambda: Check("entries"))
    versions: Check = field(default_factory=lambda: Check("versions"))
    index: int = 0
    read: int = 0
    unsealed: int = 0
    tick: Callable[[int], None] = lambda number: None
    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Stream → its newest version and, when that is sealed, the leaf of it."""
    _suspects: list[Suspect] = field(default_factory=list)
    _names: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Leaf without an entry → the case and version that the next version of the case says it was."""
    _lost: int = 0

    def run(self, rows: Rows) -> None:
        """Compare all entries."""
        while chunk := rows.some():
            if self.index >= self.leaves.size:
                taken = self._pass_unsealed(chunk)
            else:
                taken = self._pass(chunk)
            rows.take(taken)
            self.tick(taken)
            if taken < len(chunk) and self.index < self.leaves.size:
                self._look_ahead(rows)
        self._end()

    # ── While all is well ────────────────────────────────────────────────────────────────────────────────────────────

    def _pass(self, chunk: Sequence[Row]) -> int:
        """How many of these are what was sealed next."""
        block = self.leaves.block(self.index, len(chunk))
        heads, text, note = self.heads, self.form.text, self.groups.add
        place = 0
        for position, stream, version, topic, state in chunk:
            head = heads.get(stream)
            follows = head is not None and head[0] == version - 1
            if state is None:
                at, digest = "", "null"
            else:
                at, digest = recorded_at(state), f'"{sha256(state).hexdigest()}"'
            prev = head[1] if head is not None and follows else b""
            leaf = sha256(b"\0" + text(position, stream, version, topic, at, digest, prev)).digest()
            if leaf != block[place : place + 32]:
                break
            if not follows and (version != 1 or head is not None):
                self._hole(position, stream, version, topic, head, self.index + place // 32)
            heads[stream] = (version, leaf)
            note(position, stream, version, topic, state, at)
            place += 32
        taken = place // 32
        self.index += taken
        self.read += taken
        if taken:
            self._lost = 0
        return taken

    def _pass_unsealed(self, chunk: Sequence[Row]) -> int:
        """What is not under the newest checkpoint yet: versions and commands are looked at, leaves there are none."""
        for position, stream, version, topic, state in chunk:
            head = self.heads.get(stream)
            if version != (head[0] + 1 if head else 1):
                self._hole(position, stream, version, topic, head, None)
            self.heads[stream] = (version, b"")
            self.groups.add(position, stream, version, topic, state, recorded_at(state) if state is not None else "")
        self.read += len(chunk)
        self.unsealed += len(chunk)
        return len(chunk)

    def _hole(
        self,
        position: int,
        stream: str,
        version: int,
        topic: str | None,
        head: tuple[int, bytes] | None,
        leaf: int | None,
    ) -> None:
        before = f"version {head[0]}" if head else "nothing"
        detail = f"{before} goes before it"
        self.versions.fault(Fault(Verdict.INCONSISTENT, leaf, position, stream, version, topic or "", detail))

    # ── When something differs ───────────────────────────────────────────────────────────────────────────────────────

    def _look_ahead(self, rows: Rows) -> None:
        """Find the nearest entry that is where it was, and name what lies between."""
        if self._lost > GIVE_UP:
            self._changed(rows.some()[0], self.leaves.window(self.index, 1)[0], quietly=True)
            rows.take(1)
            return
        ahead = rows.ahead(AHEAD)[:AHEAD]
        if self._is_orphan(ahead[0]):
            return
        hinted = self._by_hint(ahead[0])
        if hinted == (1, 0):
            pushed_in, gone = hinted
        else:
            pushed_in, gone = self._nearest(ahead, self.leaves.window(self.index, AHEAD)) or hinted
            if (pushed_in, gone) == (1, 1):
                self._lost += 1
        leaves = self.leaves.window(self.index, min(gone, NAMED))
        for number in range(max(pushed_in, len(leaves))):
            row = ahead[number] if number < pushed_in else None
            leaf = leaves[number] if number < len(leaves) else None
            if row is None:
                assert leaf is not None
                self._missing(leaf)
            elif leaf is None:
                self._inserted(row)
            else:
                self._changed(row, leaf)
        self.index += gone - len(leaves)
        self.check.count += gone - len(leaves)
        rows.take(pushed_in)
        self.tick(pushed_in)

    def _is_orphan(self, row: Row) -> bool:
        """Whether it is what was sealed, and only the version before it is not: then it is taken as it is."""
        leaf = self.leaves.window(self.index, 1)[0]
        for suspect in reversed(self._suspects[-NAMED:]):
            if suspect.leaf is None or self.form.leaf(*row, suspect.leaf) != leaf:
                continue
            assert suspect.fault.leaf is not None
            self._names[suspect.fault.leaf] = (row[1], row[2] - 1)
            self.heads[row[1]] = (row[2] - 1, suspect.leaf)
            return True
        return False

    def _nearest(self, ahead: Sequence[Row], window: Sequence[bytes]) -> tuple[int, int] | None:
        """(entries, leaves) to pass over until an entry is again what was sealed; as few as possible."""
        index_of = {leaf: number for number, leaf in enumerate(window)}
        unclaimed = dict(enumerate(window, self.index))
        for suspect in self._suspects[-AHEAD:]:
            if suspect.leaf is not None and suspect.fault.leaf is not None:
                unclaimed[suspect.fault.leaf] = suspect.leaf
        best: tuple[int, int, int] | None = None
        for pushed_in, row in enumerate(ahead):
            if best is not None and pushed_in >= best[0]:
                break
            for prev, claimed in (
                *((prev, None) for prev in self._natural(row)),
                *((p, i) for i, p in unclaimed.items()),
            ):
                gone = index_of.get(self.form.leaf(*row, prev))
                if gone is None or (best is not None and (pushed_in + gone, abs(pushed_in - gone)) >= best[:2]):
                    continue
                best = (pushed_in + gone, abs(pushed_in - gone), pushed_in)
                follows = (row, prev, claimed)
        if best is None:
            return None
        row, prev, claimed = follows
        if claimed is not None:
            self._names[claimed] = (row[1], row[2] - 1)
            self.heads[row[1]] = (row[2] - 1, prev)
        return best[2], best[0] - best[2]

    def _natural(self, row: Row) -> list[bytes]:
        """What the entry committed to when nothing is wrong with the version before."""
        head = self.heads.get(row[1])
        return [head[1]] if head and head[0] == row[2] - 1 else [b""]

    def _by_hint(self, row: Row) -> tuple[int, int]:
        """The same for one entry or leaf, by what the database says of positions."""
        here, there = self.hints.position_of(self.index), self.hints.index_of(row[0])
        if here is None or row[0] == here:
            return 1, 1
        if row[0] < here:
            return (1, 0) if there is None else (1, 1)
        return 0, there - self.index if there is not None and there > self.index else 1

    def _changed(self, row: Row, leaf: bytes, *, quietly: bool = False) -> None:
        fault = Fault(Verdict.CHANGED, self.index, row[0], row[1], row[2], row[3] or "")
        if quietly:
            self.check.fault(fault)
        else:
            self._suspects.append(Suspect(fault, row, leaf))
        self._add(row)
        self.index += 1

    def _missing(self, leaf: bytes) -> None:
        fault = Fault(Verdict.MISSING, self.index, self.hints.position_of(self.index))
        self._suspects.append(Suspect(fault, None, leaf))
        self.index += 1

    def _inserted(self, row: Row) -> None:
        self._suspects.append(
            Suspect(Fault(Verdict.BACKDATED, self.index, row[0], row[1], row[2], row[3] or ""), row, None)
        )
        self._add(row)

    def _add(self, row: Row) -> None:
        position, stream, version, topic, state = row
        self.groups.add(position, stream, version, topic, state, recorded_at(state) if state is not None else "")
        self.read += 1

    # ── At the end ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _end(self) -> None:
        """Put the faults in order; what is left of the leaves has no entries any more."""
        self._find_moved()
        for suspect in self._suspects:
            self.check.fault(self._named(suspect.fault))
        rest = self.leaves.size - self.index
        if rest:
            detail = f"the ledger ends after {self.index} entries, and {self.leaves.size} were sealed"
            fault = Fault(Verdict.ROLLED_BACK, self.index, self.hints.position_of(self.index), detail=detail)
            self.check.fault(fault, more=rest - 1)
        self.check.faults.sort(key=lambda fault: fault.leaf or 0)
        later = f", {self.unsealed} more are not under it yet" if self.unsealed else ""
        self.check.found = f"{self.index} entries are those that were sealed{later}"
        self.versions.found = f"{len(self.heads)} streams, each from version 1 on without a gap"

    def _named(self, fault: Fault) -> Fault:
        """With the name that the next version of the case gives away; and whether a push behind the lock was sealed."""
        if fault.leaf is None:
            return fault
        if (
            fault.verdict is Verdict.BACKDATED
            and fault.position is not None
            and self.hints.index_of(fault.position) is not None
        ):
            return replace(fault, verdict=Verdict.INSERTED)
        name = self._names.get(fault.leaf)
        if name is None or fault.verdict not in (Verdict.MISSING, Verdict.CHANGED):
            return fault
        if fault.verdict is Verdict.CHANGED:
            same = name == (fault.stream, fault.version)
            return fault if same else replace(fault, detail=f"sealed as {name[0]} version {name[1]}")
        return replace(fault, stream=name[0], version=name[1])

    def _find_moved(self) -> None:
        """Among the suspects: what was sealed at another place, and is itself unchanged."""
        suspects = self._suspects[:SUSPECTS]
        for one in suspects:
            if one.row is None:
                continue
            for other in suspects:
                if other is not one and other.leaf is not None and self._was(one.row, other):
                    one.fault = replace(
                        one.fault, verdict=Verdict.REORDERED, detail=f"sealed as leaf {other.fault.leaf}"
                    )
                    if other.row is None:
                        other.fault = replace(
                            other.fault,
                            verdict=Verdict.REORDERED,
                            stream=one.row[1],
                            version=one.row[2],
                            topic=one.row[3] or "",
                            detail=f"now at position {one.row[0]}",
                        )
                    break

    def _was(self, row: Row, other: Suspect) -> bool:
        """Whether this entry, or what it says, was sealed at the other's place."""
        assert other.fault.leaf is not None
        places: list[tuple[int, str, int]] = []
        hint = self.hints.position_of(other.fault.leaf)
        if hint is not None:
            places.append((hint, row[1], row[2]))
        if other.row is not None:
            places += [(other.row[0], row[1], row[2]), (other.row[0], other.row[1], other.row[2])]
        near = [suspect.leaf for suspect in self._suspects if suspect.leaf is not None]
        for position, stream, version in dict.fromkeys(places):
            for prev in (*self._before(stream, version), *near):
                if self.form.leaf(position, stream, version, row[3], row[4], prev) == other.leaf:
                    return True
        return False

    def _before(self, stream: str, version: int) -> list[bytes]:
        """What the entry may have committed to."""
        index = self.hints.leaf_of(stream, version - 1)
        return [b"", *self.leaves.window(index, 1)] if index is not None else [b""]
