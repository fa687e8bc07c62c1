"""Checks the database's own seals against what was published."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from ledger.seal.check_entries import AT_ONCE
from ledger.seal.check_published import Published
from ledger.seal.comparison import Comparison, Leaves
from ledger.seal.findings import Check, Fault, Report, Verdict
from ledger.seal.sealer import tree_of

LEAVES = "SELECT leaf_index, position, hash FROM casefold_seal.leaf WHERE log = %s ORDER BY leaf_index"
HEAD = "SELECT size, peaks FROM casefold_seal.head WHERE log = %s"
CHECKPOINTS = "SELECT size, root, note FROM casefold_seal.checkpoint WHERE log = %s ORDER BY size"
STREAM_HEADS = "SELECT stream, version, hash FROM casefold_seal.stream_head WHERE log = %s"
STRAY = """
SELECT l.leaf_index, l.position FROM casefold_seal.leaf AS l
WHERE l.log = %s AND NOT EXISTS (SELECT FROM casefold.stored_events AS e WHERE e.notification_id = l.position)
ORDER BY 1 LIMIT 1
"""


def check_tables(
    report: Report, connection: Connection[Any], leaves: Leaves, published: Published, comparison: Comparison
) -> None:
    """The tables of leaves, heads and checkpoints are those that were published."""
    check = Check("seals")
    report.checks.append(check)
    log, newest = published.log, published.newest
    if log is None:
        check.fault(Fault(Verdict.MISSING, detail=f"the database knows no log called {newest.origin}"))
        return
    size = _leaf_table(check, connection, log, leaves)
    row = connection.execute(HEAD, [log]).fetchone()
    if row is None or row[0] != size:
        check.fault(Fault(Verdict.INCONSISTENT, detail=f"the head of the tree does not belong to its {size} leaves"))
    elif size == newest.size and tree_of(size, bytes(row[1])).root != newest.root:
        check.fault(Fault(Verdict.CHANGED, detail="the head of the tree is not the one that was signed"))
    for at, root, note in connection.execute(CHECKPOINTS, [log]):
        signed = published.roots.get(at)
        if signed is None and at < newest.size and note is not None:
            check.fault(Fault(Verdict.INSERTED, detail=f"the checkpoint of {at} entries was never published"))
        elif signed is not None and any(bytes(root) != one for one, _ in signed):
            check.fault(Fault(Verdict.CHANGED, detail=f"the checkpoint of {at} entries is not the published one"))
    if size == newest.size and comparison.check.well:
        _stream_heads(check, connection, log, comparison)
    check.found = f"the {size} leaves, their head and their checkpoints in the database are the published ones"


def _leaf_table(check: Check, connection: Connection[Any], log: int, leaves: Leaves) -> int:
    """The table of leaves, against the published ones; how many there are."""
    expected, last = 0, 0
    with connection.cursor("casefold_verify_leaves", row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(LEAVES, [log])
        while rows := cursor.fetchmany(AT_ONCE):
            block = leaves.block(expected, len(rows))
            same = b"".join(row[2] for row in rows[: len(block) // 32]) == block
            dense = all(row[0] == number for number, row in enumerate(rows, expected))
            rising = all(one[1] < other[1] for one, other in pairwise([(0, last, b""), *rows]))
            if not (same and dense and rising):
                for number, row in enumerate(rows, expected):
                    place = (number - expected) * 32
                    if row[0] != number or row[1] <= last or row[2] != (block[place : place + 32] or row[2]):
                        detail = "the table of leaves is not what was published"
                        check.fault(Fault(Verdict.CHANGED, number, row[1], detail=detail))
                        break
                    last = row[1]
            expected, last = expected + len(rows), rows[-1][1]
    if expected < leaves.size:
        detail = f"the table of leaves ends after {expected}"
        check.fault(Fault(Verdict.ROLLED_BACK, expected, detail=detail))
    for index, position in connection.execute(STRAY, [log]):
        check.fault(Fault(Verdict.MISSING, index, position, detail="there is a leaf, but no entry at its position"))
    return expected


def _stream_heads(check: Check, connection: Connection[Any], log: int, comparison: Comparison) -> None:
    """What the next entry of each stream will commit to is the newest one that is sealed."""
    sealed = {stream: head for stream, head in comparison.heads.items() if head[1]}
    seen = 0
    with connection.cursor("casefold_verify_heads", row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(STREAM_HEADS, [log])
        while rows := cursor.fetchmany(AT_ONCE):
            for stream, version, leaf in rows:
                head = sealed.get(stream)
                seen += head is not None
                if head not in (None, (version, leaf)):
                    detail = "the head of the stream is not its newest entry"
                    check.fault(Fault(Verdict.CHANGED, None, None, stream, version, detail=detail))
    if seen < len(sealed):
        check.fault(Fault(Verdict.MISSING, detail=f"heads of {len(sealed) - seen} streams are missing"))
