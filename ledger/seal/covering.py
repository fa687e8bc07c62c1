"""Which seal covers an entry: for whoever has to name the proof of one."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.store import Ledger

COVERING = """
SELECT h.origin, l.leaf_index, c.size, c.root
FROM casefold_seal.leaf AS l
JOIN casefold_seal.head AS h USING (log)
JOIN casefold_seal.checkpoint AS c ON c.log = l.log AND c.size > l.leaf_index AND c.note IS NOT NULL
WHERE l.position = %s ORDER BY l.log DESC, c.size LIMIT 1
"""


@dataclass(frozen=True)
class Covering:
    """A leaf, and the first signed checkpoint that covers it."""

    origin: str
    leaf_index: int
    size: int
    root: str
    """Hexadecimal."""


def covering(ledger: Ledger, position: int) -> Covering | None:
    """The seal of the entry at this position of the ledger; None while it is not sealed and signed."""
    rows = ledger.query(COVERING, [position])
    if not rows:
        return None
    origin, index, size, root = rows[0]
    return Covering(origin, int(index), int(size), bytes(root).hex())
