"""The watch over seals: an alarm, within fifteen seconds, when entries are recorded and nobody seals them.

It runs beside those who record, not beside the sealer: whoever is dead or stuck sounds no alarm.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

import structlog

from ledger.errors import LedgerUnavailable
from ledger.store import Ledger
from worker import alarms
from worker.sealing import TOO_LONG, Waiting, waiting
from worker.stack.home import StackHome

ALARM = "seals"
"""Its name. The sealer's own alarm, which says why it refuses, is called `sealer`."""
EVERY = 1.0
WHAT_TO_DO = (
    "What is not sealed can be changed unnoticed. Look at `casefold doctor`, and at the log of the part `sealer`."
)

log = structlog.get_logger(__name__)


class SealWatch:
    """Looks every second; several may."""

    def __init__(self, ledger: Ledger, home: StackHome) -> None:
        self.ledger = ledger
        self.home = home
        self._began = time.monotonic()
        self._sounding = ALARM in alarms.sounding(home)

    async def run(self, stop: asyncio.Event, every: float = EVERY) -> None:
        """Look until asked to stop."""
        while not stop.is_set():
            with contextlib.suppress(LedgerUnavailable):  # while it is away nothing is recorded either
                await asyncio.to_thread(self.once)
            try:
                await asyncio.wait_for(stop.wait(), every)
            except TimeoutError:
                continue

    def once(self) -> Waiting:
        """Look, and sound or silence the alarm. After a start, sealers first get their time to catch up."""
        found = self.ledger.reading(waiting)
        if found.well:
            self._silence(found)
        elif time.monotonic() - self._began > TOO_LONG and "sealer" not in alarms.sounding(self.home):
            self._sound(found)
        return found

    def _sound(self, found: Waiting) -> None:
        alarms.sound(self.home, ALARM, f"Entries are not sealed: {found.sentence}. {WHAT_TO_DO}")
        if not self._sounding:
            log.critical(
                "alarm",
                part="sealer",
                error="SealsLag",
                seconds=round(found.seconds, 1),
                behind=found.behind,
                connected=found.connected,
            )
        self._sounding = True

    def _silence(self, found: Waiting) -> None:
        alarms.silence(self.home, ALARM)
        if self._sounding:
            log.info("alarm_over", part="sealer", sealed=found.sealed)
        self._sounding = False
