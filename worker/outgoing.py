"""What is on its way to workflows: the newest progress of each case, in the ledger's order; how far it has arrived."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from domain.progress import Progress


@dataclass
class Item:
    """A progress to be brought, which stands for all entries of its case from a position on."""

    progress: Progress
    since: int
    """Position of the first entry that it stands for."""
    failures: int = 0


class Outgoing:
    """Not safe for threads: it belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, Item] = {}
        self._sending: dict[str, Item] = {}
        self._parked: set[str] = set()
        self._ready: deque[str] = deque()
        self._given: deque[int] = deque()
        self._done = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._sending)

    @property
    def under_way(self) -> int:
        """How many are being brought at this moment."""
        return len(self._sending)

    def given(self, positions: list[int]) -> None:
        """These entries were read; what is to be brought of them was put before."""
        self._given.extend(positions)

    def put(self, progress: Progress, since: int) -> None:
        """Bring this; it replaces what waits for the same case."""
        stream = progress.stream
        item = self._waiting.get(stream)
        if item is None:
            self._waiting[stream] = Item(progress, since)
            if stream not in self._sending:
                self._ready.append(stream)
        elif progress.newer_than(item.progress):
            item.progress = progress

    def take(self) -> Item | None:
        """The next to bring; a case is never brought twice at the same time."""
        while self._ready:
            stream = self._ready.popleft()
            if stream in self._waiting and stream not in self._sending:
                item = self._sending[stream] = self._waiting.pop(stream)
                return item
        return None

    def arrived(self, stream: str) -> None:
        """It was brought; what came for the case meanwhile is next."""
        del self._sending[stream]
        if stream in self._waiting:
            self._ready.append(stream)

    def failed(self, stream: str) -> Item:
        """It could not be brought: it is parked, with whatever came for the case meanwhile, until it is put back."""
        failed = self._sending.pop(stream)
        newer = self._waiting.get(stream)
        item = Item(newer.progress if newer else failed.progress, failed.since, failed.failures + 1)
        self._waiting[stream] = item
        return item

    def put_back(self, stream: str) -> None:
        """Try a parked one again."""
        if stream in self._waiting and stream not in self._sending:
            self._ready.append(stream)

    def acknowledged(self) -> int:
        """The position of the last entry that was read before the first one that is not yet brought; 0 for none."""
        first = min((item.since for items in (self._waiting, self._sending) for item in items.values()), default=None)
        while self._given and (first is None or self._given[0] < first):
            self._done = self._given.popleft()
        return self._done
