"""Tells many listeners what is recorded: one thread per process looks at the ledger, as long as anybody listens.

Each listener has a queue of its own with an end. Who does not keep up loses what is in it and reads the ledger itself
until it has caught up: it misses nothing, and holds nobody else up.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from api.words import Language
from domain.entry import Entry
from ledger.errors import LedgerError, LedgerUnavailable
from ledger.store import Ledger

POLL = 0.15
"""Seconds between two looks; an append of this process ends the wait early."""
AT_ONCE = 200
QUEUED = 50
"""Batches that wait for one listener."""
LINGER = 30.0
"""Seconds for which the thread goes on when nobody listens."""

log = structlog.get_logger("api.broadcast")

Told = tuple[int, str]
"""The position of an entry, and what is told of it."""
Read = Callable[[int], Sequence[Told]]
"""position → what a listener is told next after it, in order; nothing when it has caught up."""
Render = Callable[[Entry, Language], str]


@dataclass(eq=False)
class Listener:
    """Somebody who listens, on the event loop that it was made on."""

    wanted: Callable[[Entry], bool]
    language: Language
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    queue: asyncio.Queue[list[Told]] = field(default_factory=lambda: asyncio.Queue(QUEUED))
    behind: bool = False
    over: bool = False

    def tell(self, told: list[Told]) -> None:
        """From the thread of the broadcast."""
        if told:
            with suppress(RuntimeError):  # its loop is closed: nobody listens any more
                self.loop.call_soon_threadsafe(self._put, told)

    def end(self) -> None:
        """No more is to be told."""
        self.over = True
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._put, [])

    def _put(self, told: list[Told]) -> None:
        if self.queue.full():
            self.behind = True
            while not self.queue.empty():
                self.queue.get_nowait()
        self.queue.put_nowait(told)


class Broadcast:
    """Follows one ledger for all who listen in this process."""

    def __init__(self, ledger: Ledger, render: Render, *, poll: float = POLL) -> None:
        self._ledger = ledger
        self._render = render
        self._poll = poll
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._thread: threading.Thread | None = None
        self._position = 0
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether no more is told."""
        return self._closed

    async def batches(
        self, after: int, wanted: Callable[[Entry], bool], language: Language, read: Read, *, breath: float
    ) -> AsyncIterator[list[Told]]:
        """Everything wanted after a position, batch by batch; an empty batch after so many quiet seconds.

        ``read`` catches up, in a thread. Ends when the broadcast is closed. Raises what ``read`` raises.
        """
        newest = await asyncio.to_thread(self._ledger.newest)
        listener = Listener(wanted, language)
        if not self._add(listener, newest):
            return
        try:
            listener.behind = True
            while not listener.over:
                if listener.behind:
                    listener.behind = False
                    while told := list(await asyncio.to_thread(read, after)):
                        after = told[-1][0]
                        yield told
                try:
                    told = await asyncio.wait_for(listener.queue.get(), breath)
                except TimeoutError:
                    yield []
                    continue
                if new := [one for one in told if one[0] > after and not listener.behind]:
                    after = new[-1][0]
                    yield new
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def close(self) -> None:
        """Let everybody who listens come to an end."""
        with self._lock:
            self._closed = True
            listeners = list(self._listeners)
        for listener in listeners:
            listener.end()

    def _add(self, listener: Listener, newest: int) -> bool:
        """Begin to tell what comes after the newest entry; what was recorded before, the listener reads itself."""
        with self._lock:
            if self._closed:
                return False
            self._listeners.add(listener)
            if self._thread is None:
                self._position = newest
                self._thread = threading.Thread(target=self._run, name="broadcast", daemon=True)
                self._thread.start()
        return True

    def _run(self) -> None:
        idle, rung = 0.0, self._ledger.appended.count
        while self._goes_on(idle):
            try:
                if entries := self._ledger.read(self._position, AT_ONCE):
                    self._tell(entries)
                    self._position = entries[-1].position
                if len(entries) == AT_ONCE:
                    continue
            except LedgerUnavailable:
                pass  # Whoever listens hears the heart-beat; all that is missed comes when the ledger is back.
            except LedgerError as error:
                log.error("broadcast_failed", error=type(error).__name__, exc_info=error)
                self._end_all()
            rung = self._ledger.appended.wait(rung, self._poll)
            idle = 0.0 if self._listeners else idle + self._poll

    def _goes_on(self, idle: float) -> bool:
        with self._lock:
            if self._closed or (idle >= LINGER and not self._listeners):
                self._thread = None
                return False
            return True

    def _tell(self, entries: Sequence[Entry]) -> None:
        with self._lock:
            listeners = list(self._listeners)
        texts: dict[tuple[int, Language], Told] = {}  # each entry is put into words once for each language
        for listener in listeners:
            told = []
            for entry in filter(listener.wanted, entries):
                key = (entry.position, listener.language)
                if key not in texts:
                    texts[key] = (entry.position, self._render(entry, listener.language))
                told.append(texts[key])
            listener.tell(told)

    def _end_all(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.end()
