"""What is sealed so far, as the database has it: a number to look at, no proof (that is `ledger.seal.verify`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.seal.leaf import recorded_at
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
OLDEST_UNSEALED = """
SELECT state FROM casefold.stored_events
WHERE notification_id > coalesce((SELECT last_position FROM casefold_seal.head ORDER BY log DESC LIMIT 1), 0)
ORDER BY notification_id LIMIT 1
"""
LEAVES = """
SELECT l.position, l.leaf_index, l.leaf_index < coalesce(
    (SELECT max(size) FROM casefold_seal.checkpoint AS c WHERE c.log = l.log AND c.note IS NOT NULL), 0)
FROM casefold_seal.leaf AS l
WHERE l.log = (SELECT max(log) FROM casefold_seal.head) AND l.position = ANY(%s)
"""
LOGS = "SELECT origin, size, begun_at, reason FROM casefold_seal.head ORDER BY log DESC"
ROOT = """
SELECT c.root FROM casefold_seal.checkpoint AS c JOIN casefold_seal.head AS h ON h.log = c.log
WHERE h.origin = %s AND c.size = %s
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


def waiting_since(ledger: Ledger) -> datetime | None:
    """When the oldest entry that is not sealed was recorded; None when all are."""
    for (state,) in ledger.query(OLDEST_UNSEALED):
        at = recorded_at(bytes(state or b""))
        return datetime.fromisoformat(at) if at else None
    return None


@dataclass(frozen=True)
class Leaf:
    """The place of an entry in the tree."""

    index: int
    signed: bool
    """Whether a signed checkpoint covers it."""


def leaves(ledger: Ledger, positions: Collection[int]) -> Mapping[int, Leaf]:
    """Position of an entry → its leaf in the newest log; without those that have none yet."""
    rows = ledger.query(LEAVES, [list(positions)])
    return {int(position): Leaf(int(index), bool(signed)) for position, index, signed in rows}


@dataclass(frozen=True)
class Log:
    """A log: the newest one grows; there are others only where one could not go on."""

    origin: str
    size: int
    begun_at: datetime
    reason: str


def logs(ledger: Ledger) -> list[Log]:
    """The newest first."""
    return [Log(*row) for row in ledger.query(LOGS)]


def root_at(ledger: Ledger, origin: str, size: int) -> bytes | None:
    """The root that a log had at this size; None when nothing was sealed there."""
    rows = ledger.query(ROOT, [origin, size])
    return bytes(rows[0][0]) if rows else None
