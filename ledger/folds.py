"""States of streams in memory, each with the entry it was folded up to, so that only the tail is read again.

A cached state is used only after its last entry was found in the ledger again, byte for byte: a ledger that was rolled
back under a running program is noticed with the next read.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from domain.stream import StreamType
from ledger.codec import Codec
from ledger.errors import UnknownStream, UnreadableEntry
from ledger.store import Ledger

TAIL = """
SELECT originator_version, topic,
       CASE WHEN originator_version = %(known)s THEN sha256(state) ELSE state END, notification_id
FROM casefold.stored_events WHERE originator_id = %(stream)s AND originator_version >= %(known)s
ORDER BY originator_version
"""
TAILS = """
SELECT k.stream, e.originator_version, e.topic,
       CASE WHEN e.originator_version = k.known THEN sha256(e.state) ELSE e.state END, e.notification_id
FROM unnest(%s::text[], %s::bigint[]) AS k (stream, known)
JOIN casefold.stored_events AS e ON e.originator_id = k.stream AND e.originator_version >= k.known
ORDER BY e.originator_id, e.originator_version
"""

Row = tuple[int, str, bytes, int]
"""Version, topic, state (of the entry known already: its SHA-256), position."""


LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fold:
    """A stream as of one of its entries."""

    version: int
    state: Any
    digest: bytes = b""
    """SHA-256 of the last entry's bytes."""
    recorded_at: datetime = LONG_AGO
    position: int = 0


def extend(codec: Codec, stream: str, kind: StreamType, known: Fold | None, rows: Sequence[Row]) -> Fold | None:
    """The known fold, with the rows from its own last entry on folded in; None when that entry is no longer there."""
    if known is None or known.version == 0:
        fold = Fold(0, kind.initial)
    else:
        if not rows or rows[0][0] != known.version or rows[0][2] != known.digest:
            return None
        fold, rows = known, rows[1:]
    if not rows:
        return fold
    state = fold.state
    expected = fold.version
    for version, topic, written, position in rows:
        expected += 1
        if version != expected:
            raise UnreadableEntry(stream, expected, "it is missing, though there are later ones.")
        entry = codec.decode(stream, version, topic, written, position)
        state = kind.evolve(state, entry.event)
    return replace(
        fold,
        version=expected,
        state=state,
        digest=hashlib.sha256(rows[-1][2]).digest(),
        recorded_at=entry.recorded_at,
        position=position,
    )


class Folds:
    """The most recently used folds of a ledger; safe to use from many threads."""

    def __init__(self, ledger: Ledger, size: int = 4096) -> None:
        self._ledger = ledger
        self._size = size
        self._kept: OrderedDict[str, Fold] = OrderedDict()
        self._lock = Lock()

    def get(self, stream: str) -> Fold | None:
        """What was known of the stream when it was last read."""
        with self._lock:
            fold = self._kept.get(stream)
            if fold is not None:
                self._kept.move_to_end(stream)
            return fold

    def keep(self, stream: str, fold: Fold) -> None:
        """Know this from now on. A stream without entries is not kept."""
        if not fold.version:
            return
        with self._lock:
            self._kept[stream] = fold
            self._kept.move_to_end(stream)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        """Know nothing any more: the ledger is not the one that was read."""
        with self._lock:
            self._kept.clear()

    def take(self, stream: str, known: Fold | None, tail: Sequence[Row]) -> Fold | None:
        """The known fold with this tail; None, and all is forgotten, when the entry that was known last is gone."""
        kind = self._ledger.registry.of_stream(stream)
        if kind is None:
            return Fold(0, None)
        fold = extend(self._ledger.codec, stream, kind, known, tail)
        if fold is None:
            self.forget()
        else:
            self.keep(stream, fold)
        return fold

    def load(self, stream: str) -> Fold:
        """The stream as of its newest entry. Raises UnknownStream."""
        fold = self.load_all([stream]).get(stream)
        if fold is None:
            raise UnknownStream(stream)
        return fold

    def load_all(self, streams: Sequence[str]) -> dict[str, Fold]:
        """Those of these streams that are in the ledger, as of their newest entries; two round trips at most."""
        todo = list(dict.fromkeys(stream for stream in streams if "\0" not in stream))
        known = {stream: self.get(stream) for stream in todo}
        found: dict[str, Fold] = {}
        while todo:
            tails = self._tails(todo, [fold.version if (fold := known[stream]) else 0 for stream in todo])
            again = []
            for stream in todo:
                fold = self.take(stream, known[stream], tails[stream])
                if fold is None:
                    known[stream] = None
                    again.append(stream)
                elif fold.version:
                    found[stream] = fold
            todo = again
        return found

    def _tails(self, streams: list[str], versions: list[int]) -> dict[str, list[Row]]:
        tails: dict[str, list[Row]] = {stream: [] for stream in streams}
        if len(streams) == 1:
            for version, topic, state, position in self._ledger.query(
                TAIL, {"stream": streams[0], "known": versions[0]}
            ):
                tails[streams[0]].append((version, topic, state, position))
        else:
            for stream, version, topic, state, position in self._ledger.query(TAILS, [streams, versions]):
                tails[stream].append((version, topic, state, position))
        return tails
