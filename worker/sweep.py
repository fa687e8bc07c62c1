"""The sweep: now and then holds open cases, and policies, against running workflows; mends what differs twice in a row.

The relay alone is enough while nothing is ever lost; the sweep is for what nobody thought of.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from domain.progress import Progress
from ledger.recorder import Recorder
from ledger.store import Ledger
from worker.cases import policies_progress, portions, unfinished_by_views
from worker.courier import Courier, finished

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sighting:
    """What differed at one look."""

    missing: frozenset[str] = frozenset()
    """What needs a workflow and has none."""
    stray: frozenset[str] = frozenset()
    """Running workflows that nothing needs."""


class Sweep:
    """Lists lag, so a difference counts when it is seen twice; and then the ledger itself is asked once more."""

    def __init__(self, ledger: Ledger, recorder: Recorder, courier: Courier) -> None:
        self.ledger = ledger
        self.recorder = recorder
        self.courier = courier
        self._before = Sighting()

    async def once(self) -> int:
        """Look, and mend what was seen before; how many workflows were started or told."""
        unfinished = await asyncio.to_thread(self._unfinished)
        running = {stream async for stream in self.courier.running()}
        seen = Sighting(frozenset(unfinished - running), frozenset(running - unfinished))
        again = Sighting(seen.missing & self._before.missing, seen.stray & self._before.stray)
        self._before = seen
        mended = 0
        for streams in portions(sorted(again.missing | again.stray)):
            progresses = await asyncio.to_thread(self.recorder.progress_all, streams)
            for stream in streams:
                if (progress := progresses.get(stream)) is not None:  # otherwise see `casefold reconcile`
                    mended += await self._mend(progress, missing=stream in again.missing)
        return mended

    def _unfinished(self) -> set[str]:
        """What needs a workflow: open cases, and policies with a date ahead."""
        policies = policies_progress(self.ledger, self.recorder)
        return unfinished_by_views(self.ledger) | {policy.stream for policy in policies if not finished(policy)}

    async def _mend(self, progress: Progress, *, missing: bool) -> bool:
        runs = await self.courier.runs(progress.stream)
        if runs if missing else not runs and finished(progress):
            return False
        log.warning("sweep_mends", case=progress.stream, state="stray" if runs else "missing", version=progress.version)
        await self.courier.bring(progress)
        return True
