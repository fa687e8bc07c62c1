"""Looks at the ledger for all open pages: one thread per process, as long as any page is open."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ledger.errors import LedgerError
from ledger.follow import places
from ledger.store import Ledger
from ledger.views import NAME as VIEWS

POLL = 0.1
"""Seconds between two looks; an append of this process ends the wait early."""
IDLE = 60.0
"""Seconds without an open page, after which the thread ends."""
AT_ONCE = 500
ACCESSES = "access:"
"""Streams that no page shows live: looking at a page must not make it look again."""
STREAMS = """
SELECT notification_id, originator_id, originator_version FROM casefold.stored_events
WHERE notification_id > %s ORDER BY notification_id LIMIT %s
"""


@dataclass(frozen=True)
class Moved:
    """What happened since the last look."""

    versions: dict[str, int]
    """Stream → its newest version."""
    views: bool
    """Whether the read models moved too."""
    away: bool = False
    """The ledger cannot be reached."""

    def and_then(self, later: Moved) -> Moved:
        """Both together."""
        return Moved({**self.versions, **later.versions}, self.views or later.views, later.away)


@dataclass(eq=False)
class Listener:
    """One open page."""

    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[Moved] = field(default_factory=lambda: asyncio.Queue(maxsize=100))

    def tell(self, moved: Moved) -> None:
        """From the feed's thread. A page that does not keep up misses nothing: whatever comes next brings it up."""
        self.loop.call_soon_threadsafe(self._put, moved)

    def _put(self, moved: Moved) -> None:
        if not self.queue.full():
            self.queue.put_nowait(moved)


class Feed:
    """Looks at one ledger as long as any page is open."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._looking = threading.Event()

    @contextmanager
    def listening(self) -> Any:
        """A listener, for as long as the page is open."""
        listener = Listener(asyncio.get_running_loop())
        with self._lock:
            self._listeners.add(listener)
            if self._thread is None or not self._thread.is_alive():
                self._stop.clear()
                self._looking.clear()
                self._thread = threading.Thread(target=self._run, name="console feed", daemon=True)
                self._thread.start()
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def wait(self, seconds: float) -> None:
        """Until it looks: from then on nothing is missed. What moved before that, whoever waits has to look up."""
        self._looking.wait(seconds)

    def close(self) -> None:
        """Look no more."""
        self._stop.set()

    def _run(self) -> None:
        position, views, newest, away, idle, rung = -1, -1, -1, False, 0.0, self._ledger.appended.count
        while not self._stop.is_set() and idle < IDLE:
            try:
                if position < 0:
                    position = newest = self._ledger.newest()  # the views may still be on their way there
                views, before = views_at(self._ledger), views  # before the rows: what the views have, the rows have too
                self._looking.set()
                rows = self._ledger.query(STREAMS, [position, AT_ONCE])
                position = rows[-1][0] if rows else position
                rows = [row for row in rows if not row[1].startswith(ACCESSES)]
                newest = rows[-1][0] if rows else newest
                versions = {stream: version for _position, stream, version in rows}
                moving = before >= 0 and views != before and (before < newest or views > position)
                moved = Moved(versions, views=away or moving)
                if versions or moved.views:
                    self._tell(moved)
                away = False
            except (LedgerError, OSError):
                if not away:
                    self._tell(Moved({}, views=False, away=True))
                away = True
            rung = self._ledger.appended.wait(rung, POLL)
            idle = 0.0 if self._listeners else idle + POLL

    def _tell(self, moved: Moved) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.tell(moved)


def views_at(ledger: Ledger) -> int:
    """How far the read models are."""
    return next((place.position for place in places(ledger) if place.name == VIEWS), 0)
