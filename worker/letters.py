"""Removes letters of erased persons from the outbox of this machine, whichever machine carried out the erasure."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import structlog

from ledger.errors import UnknownStream
from ledger.recorder import Recorder
from ledger.store import Ledger
from ledger.traces import erased_subjects, remove_letters

EVERY = 60.0
"""Seconds between two looks."""

log = structlog.get_logger(__name__)


class Letters:
    """Looks now and then: the erasure itself removes only what lies where it runs."""

    def __init__(self, ledger: Ledger, recorder: Recorder, outbox: Path) -> None:
        self.ledger = ledger
        self.recorder = recorder
        self.outbox = outbox
        self._subjects: dict[str, str] = {}
        """Case → its customer, of the letters that lie here."""

    async def run(self, stop: asyncio.Event, every: float = EVERY) -> None:
        """Look every so many seconds until asked to stop."""
        while not stop.is_set():
            await asyncio.to_thread(self.once)
            try:
                await asyncio.wait_for(stop.wait(), every)
            except TimeoutError:
                continue

    def once(self) -> int:
        """Remove the letters to, and about, whoever is erased by now; how many."""
        erased = erased_subjects(self.ledger)
        cases = {letter.name.rpartition("-")[0] for letter in self.outbox.glob("[!.]*-*")} if erased else set()
        self._learn(cases - self._subjects.keys())
        gone = [case for case in cases if self._subjects.get(case) in erased]
        removed = remove_letters(self.outbox, gone) if gone else 0
        self._subjects = {case: subject for case, subject in self._subjects.items() if case in cases}
        if removed:
            log.info("letters_removed", count=removed)
        return removed

    def _learn(self, cases: Iterable[str]) -> None:
        for case in cases:
            try:
                self._subjects[case] = self._customer(case)
            except UnknownStream:
                self._subjects[case] = ""  # the outbox of another ledger

    def _customer(self, case: str) -> str:
        found = str(self.recorder.load(case)[1].subject)
        return found or (self.ledger.ring.customer_in(self.ledger.history(case)) if self.ledger.ring else "")
