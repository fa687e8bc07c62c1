"""Seals entries: one batch is one transaction that adds leaves to the tree, and cannot fork it.

The row of the tree's head is locked and moved only from the size that was read; leaves, positions and sizes are unique.
Entries are taken in the order of their positions. No entry can come later with a lower one: whoever appends holds the
table's lock until it is committed. One that was pushed in behind that lock stays unsealed, and `verify` names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from psycopg import Connection, Cursor
from psycopg.rows import tuple_row

from ledger.seal.command_facts import command_in
from ledger.seal.errors import SealRefused
from ledger.seal.leaf import Form
from ledger.seal.merkle import Range

LIMIT = 5000
"""Entries of one batch: the transaction takes a few hundredths of a second."""
BEHIND = 50
"""Entries that are looked at behind a batch at once."""

ENTRIES = """
SELECT notification_id, originator_id, originator_version, topic, state FROM casefold.stored_events
WHERE notification_id > %s ORDER BY notification_id LIMIT %s
"""
HEADS = "SELECT stream, version, hash FROM casefold_seal.stream_head WHERE log = %s AND stream = ANY(%s)"
LEAVES = "COPY casefold_seal.leaf (log, leaf_index, position, hash) FROM STDIN"
NEW_HEADS = """
INSERT INTO casefold_seal.stream_head (log, stream, version, hash)
SELECT %s::integer, * FROM unnest(%s::text[], %s::bigint[], %s::bytea[])
ON CONFLICT (log, stream) DO UPDATE SET version = excluded.version, hash = excluded.hash
"""
CHECKPOINT = "INSERT INTO casefold_seal.checkpoint (log, size, root, last_position) VALUES (%s, %s, %s, %s)"
FIRST = """
INSERT INTO casefold_seal.head (log, origin, reason)
SELECT 1, %s, 'the first' WHERE NOT EXISTS (SELECT FROM casefold_seal.head) ON CONFLICT DO NOTHING
"""
NEWEST = "SELECT log, origin FROM casefold_seal.head ORDER BY log DESC LIMIT 1"
BETWEEN = """
SELECT hash FROM casefold_seal.leaf WHERE log = %s AND leaf_index >= %s AND leaf_index < %s ORDER BY leaf_index
"""

Row = tuple[int, str, int, str | None, bytes | None]
"""Position, stream, version, topic and state of an entry."""


@dataclass(frozen=True)
class Sealed:
    """What one batch came to."""

    size: int
    root: bytes
    last_position: int
    entries: int


class Sealer:
    """Seals the entries of one log."""

    LOCK_HEAD = "SELECT size, last_position, peaks FROM casefold_seal.head WHERE log = %s FOR UPDATE"
    MOVE_HEAD = """UPDATE casefold_seal.head SET size = %(size)s, last_position = %(last)s, peaks = %(peaks)s
                   WHERE log = %(log)s AND size = %(old)s"""

    def __init__(self, origin: str, *, limit: int = LIMIT) -> None:
        self.form = Form(origin)
        self.limit = limit

    def seal(self, connection: Connection[Any]) -> Sealed | None:
        """Seal what comes next, up to the limit; None when there is nothing. Raises SealRefused, psycopg.Error."""
        with connection.transaction():
            cursor = connection.cursor(row_factory=tuple_row, binary=True)
            log = log_of(connection, self.form.origin)
            old, position, peaks = cursor.execute(self.LOCK_HEAD, [log], prepare=True).fetchall()[0]
            rows = self._batch(cursor, position)
            if not rows:
                return None
            tree = tree_of(old, peaks)
            leaves = self._chain(connection, log, rows)
            tree.extend(leaves)
            last = rows[-1][0]
            lines = [f"{log}\t{old + n}\t{rows[n][0]}\t\\\\x{leaf.hex()}\n" for n, leaf in enumerate(leaves)]
            with cursor.copy(LEAVES) as copy:
                copy.write("".join(lines))
            move = {"log": log, "size": tree.size, "last": last, "peaks": peaks_of(tree), "old": old}
            if cursor.execute(self.MOVE_HEAD, move, prepare=True).rowcount != 1:
                raise SealRefused(f"Somebody else has sealed after {old} entries at the same time.")
            cursor.execute(CHECKPOINT, [log, tree.size, tree.root, last], prepare=True)
        return Sealed(tree.size, tree.root, last, len(rows))

    def _batch(self, cursor: Cursor[Row], position: int) -> list[Row]:
        """What comes next, up to the limit, and all that the last command of these led to: none is cut in two."""
        rows = cursor.execute(ENTRIES, [position, self.limit], prepare=True).fetchall()
        while len(rows) >= self.limit and (last := command_in(rows[-1][4])) is not None:
            behind = cursor.execute(ENTRIES, [rows[-1][0], BEHIND], prepare=True).fetchall()
            same = list(takewhile(lambda row, last=last: command_in(row[4]) == last, behind))  # type: ignore[misc]
            rows += same
            if len(same) < BEHIND:
                break
        return rows

    def _chain(self, connection: Connection[Any], log: int, rows: Sequence[Row]) -> list[bytes]:
        """The leaf hashes of these entries, each committing to the version before; the new heads are written down."""
        cursor = connection.cursor(row_factory=tuple_row, binary=True)
        found = cursor.execute(HEADS, [log, list({row[1] for row in rows})], prepare=True).fetchall()
        heads = {stream: (version, leaf) for stream, version, leaf in found}
        changed: dict[str, tuple[int, bytes]] = {}
        leaves = []
        for position, stream, version, topic, state in rows:
            head = heads.get(stream)
            prev = head[1] if head and head[0] == version - 1 else b""
            leaf = self.form.leaf(position, stream, version, topic, state, prev)
            heads[stream] = changed[stream] = (version, leaf)
            leaves.append(leaf)
        streams = sorted(changed)
        new = [log, streams, [changed[one][0] for one in streams], [changed[one][1] for one in streams]]
        cursor.execute(NEW_HEADS, new, prepare=True)
        return leaves


def log_of(connection: Connection[Any], origin: str) -> int:
    """The number of the log of this name, which is the newest one; begun now when there is none. Raises SealRefused."""
    connection.execute(FIRST, [origin], prepare=True)
    log, newest = connection.execute(NEWEST, prepare=True).fetchall()[0]
    if newest != origin:
        raise SealRefused(f"This ledger is sealed as {newest}, and not as {origin}.")
    return int(log)


def tree_of(size: int, peaks: bytes) -> Range:
    """The tree with this many leaves and these roots of its complete subtrees."""
    if len(peaks) != 32 * size.bit_count():
        raise SealRefused(f"The head of the tree is damaged: {len(peaks) // 32} subtrees do not make {size} leaves.")
    return Range(size, [peaks[start : start + 32] for start in range(0, len(peaks), 32)])


def peaks_of(tree: Range) -> bytes:
    """The roots of its complete subtrees, one after the other."""
    return b"".join(tree.peaks)


def leaves_between(connection: Connection[Any], log: int, start: int, end: int) -> list[bytes]:
    """The leaf hashes from ``start`` up to, not including, ``end``; fewer when some are gone."""
    cursor = connection.cursor(row_factory=tuple_row, binary=True)
    found: Iterable[tuple[bytes]] = cursor.execute(BETWEEN, [log, start, end], prepare=True).fetchall()
    return [leaf for (leaf,) in found]
