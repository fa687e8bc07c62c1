"""What is sealed so far, as the database has it: a number to look at, no proof (that is `ledger.seal.verify`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ledger.store import Ledger

NEWEST = """
SELECT h.origin, c.size, c.root, c.last_position, c.sealed_at, c.note
FROM casefold_seal.checkpoint AS c JOIN casefold_seal.head AS h ON h.log = c.log
WHERE c.note IS NOT NULL ORDER BY c.log DESC, c.size DESC LIMIT 1
"""
UNSEALED = """
SELECT count(*) FROM casefold.stored_events
WHERE notification_id > coalesce((SELECT last_position FROM casefold_seal.head ORDER BY log DESC LIMIT 1), 0)
"""


@dataclass(frozen=True)
class Sealed:
    """The newest signed checkpoint."""

    origin: str
    size: int
    root: bytes
    last_position: int
    sealed_at: datetime
    note: str
    """The signed note, as it is published."""


def newest_sealed(ledger: Ledger) -> Sealed | None:
    """The newest checkpoint that is signed; None when there is none yet."""
    for origin, size, root, position, sealed_at, note in ledger.query(NEWEST):
        return Sealed(origin, size, bytes(root), position, sealed_at, note)
    return None


def unsealed(ledger: Ledger) -> int:
    """How many entries wait to be sealed; none, or those of the last second, when the sealer works."""
    return int(ledger.query(UNSEALED)[0][0])
