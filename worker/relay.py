"""The relay: follows the ledger and brings each case's newest progress to its workflow, at least once.

A lost or repeated signal does no harm: the workflow keeps the newest progress and looks nothing else up in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog
from temporalio.service import RPCError, RPCStatusCode

from domain.actor import WORKFLOW
from domain.entry import Entry
from domain.progress import Progress
from ledger.errors import LeaseLost, LedgerUnavailable
from ledger.follow import Follower
from ledger.recorder import Recorder
from ledger.store import Ledger
from worker.courier import Courier, finished
from worker.outgoing import Item, Outgoing

NAME = "relay"
AT_MOST_WAITING = 4000
"""Cases that wait to be brought; reading pauses beyond it."""
LOOK_AWAY = 0.05
"""Seconds that the relay looks away from the ledger while signals are on their way."""
ACKNOWLEDGE_EVERY = 0.2
LONGEST_PAUSE = 60.0
AWAY = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,  # our own limit for one call
    RPCStatusCode.RESOURCE_EXHAUSTED,
)

log = structlog.get_logger(__name__)


class Relay:
    """One of several may run at a time: whoever holds the lease of the name. Others wait."""

    def __init__(
        self,
        ledger: Ledger,
        recorder: Recorder,
        courier: Courier,
        *,
        in_flight: int = 16,
        interval: float = 0.05,
        high_water: Path | None = None,
    ) -> None:
        self.recorder = recorder
        self.courier = courier
        self.in_flight = in_flight
        self.follower = Follower(NAME, ledger, interval=interval, high_water=high_water)
        self.brought = 0
        """How many signals have arrived since the start."""
        self._stop = asyncio.Event()
        self._outgoing = Outgoing()
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        self._acknowledged_at = 0.0

    @property
    def waiting(self) -> int:
        """How many cases wait for their signal."""
        return len(self._outgoing)

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until asked to stop. Raises only alarms: LedgerRolledBack, UnreadableEntry."""
        self._stop = stop
        try:
            while not stop.is_set():
                try:
                    await self._step()
                except (LeaseLost, LedgerUnavailable) as error:
                    log.warning("relay_waits_for_ledger", error=type(error).__name__)
                    await self._pause()
        finally:
            await self._finish()

    async def _step(self) -> None:
        """Read a batch, see what it means for workflows, send, acknowledge what has arrived."""
        if not self.follower.held:
            if not await asyncio.to_thread(self.follower.acquire):
                await self._pause()
                return
            self._outgoing = Outgoing()  # what was not acknowledged comes again
            log.info("relay_follows", position=self.follower.position)
        entries = await asyncio.to_thread(self.follower.next, 0.0 if self._outgoing.under_way else 0.25)
        if entries:
            first = first_to_tell(entries)
            progresses = await asyncio.to_thread(self.recorder.progress_all, list(first)) if first else {}
            for stream, since in first.items():
                progress = progresses.get(stream)
                if progress is not None and not born_finished(progress, entries):
                    self._outgoing.put(progress, since)
            self._outgoing.given([entry.position for entry in entries])
        self._send()
        await self._acknowledge()
        while len(self._outgoing) >= AT_MOST_WAITING and not self._stop.is_set():
            await self._until_room()
            await self._acknowledge()
        if not entries and self._outgoing.under_way:
            await self._until_room()

    async def _until_room(self) -> None:
        """Until something has arrived, or for a moment."""
        self._room.clear()
        try:
            await asyncio.wait_for(self._room.wait(), LOOK_AWAY)
        except TimeoutError:
            return

    def _send(self) -> None:
        while self._outgoing.under_way < self.in_flight and (item := self._outgoing.take()) is not None:
            task = asyncio.get_running_loop().create_task(self._bring(self._outgoing, item))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _bring(self, outgoing: Outgoing, item: Item) -> None:
        stream = item.progress.stream
        try:
            await self.courier.bring(item.progress)
        except Exception as error:  # whatever it is: this case is tried again, and the others go on
            away = isinstance(error, RPCError) and error.status in AWAY
            parked = outgoing.failed(stream)
            pause = 1.0 if away else min(LONGEST_PAUSE, 2.0 ** (parked.failures - 1))
            if parked.failures in (1, 10) or not away:
                log.warning("signal_failed", case=stream, failures=parked.failures, exc_info=error)
            asyncio.get_running_loop().call_later(pause, self._again, outgoing, stream)
        else:
            self.brought += 1
            outgoing.arrived(stream)
        self._room.set()
        if outgoing is self._outgoing:
            self._send()

    def _again(self, outgoing: Outgoing, stream: str) -> None:
        if outgoing is self._outgoing:
            outgoing.put_back(stream)
            self._send()

    async def _acknowledge(self, *, now: bool = False) -> None:
        """Tell the ledger how far everything has arrived; not at every turn, since what is told twice does no harm."""
        time = asyncio.get_running_loop().time()
        if not now and time - self._acknowledged_at < ACKNOWLEDGE_EVERY:
            return
        position = self._outgoing.acknowledged()
        if position > self.follower.position:
            await asyncio.to_thread(self.follower.acknowledge, position)
        self._acknowledged_at = time

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), 1.0)
        except TimeoutError:
            return

    async def _finish(self) -> None:
        """Let what is on its way arrive, acknowledge it, and give the lease back."""
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=2.0)
        for task in list(self._tasks):
            task.cancel()
        try:
            if self.follower.held:
                await self._acknowledge(now=True)
        except (LeaseLost, LedgerUnavailable):
            log.info("relay_leaves_without_acknowledging")
        await asyncio.to_thread(self.follower.release)


def first_to_tell(entries: Iterable[Entry]) -> dict[str, int]:
    """The cases that these entries change for their workflows, each with the position of the first such entry.

    What a workflow asked for itself it has been told: the new progress was the answer.
    """
    first: dict[str, int] = {}
    for entry in entries:
        own = entry.actor == WORKFLOW and entry.command_id.startswith(f"{entry.stream}/")
        if not own and entry.stream not in first:
            first[entry.stream] = entry.position
    return first


def born_finished(progress: Progress, entries: Sequence[Entry]) -> bool:
    """Whether one command made the case as it is, finished: it came from another system and never had a workflow."""
    if not finished(progress):
        return False
    own = [entry for entry in entries if entry.stream == progress.stream]
    return len(own) == progress.version and len({entry.command_id for entry in own}) == 1
