"""What is in a ledger: events by name and version, to be asked before any code that reads them is taken away."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.store import Ledger

COUNT = """
SELECT topic, substring(encode(substr(state, greatest(1, length(state) - 130)), 'escape')
                        from ',"n":([0-9]+),"recorded_at":"')::bigint AS version, count(*)
FROM casefold.stored_events GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Kind:
    """Entries of one name and version."""

    event: str
    version: int | None
    """None: it is not written where entries have it."""
    number: int
    readable: bool
    """Whether this program can read them."""


def inventory(ledger: Ledger) -> list[Kind]:
    """All kinds of entries and how many there are of each."""
    return [
        Kind(topic or "", version, number, ledger.codec.reads(topic or "", version or 0))
        for topic, version, number in ledger.query(COUNT)
    ]
