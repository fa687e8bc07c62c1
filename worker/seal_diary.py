"""Notes in the ledger itself, once a day, where the seals stand; and which log a new one follows.

So every later checkpoint commits to the earlier ones. It is done by the worker: the sealer has no right to append.
"""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from domain.actor import WORKFLOW
from domain.log_stream import FORK, DeclareLedgerFork, LogLife, PublishCheckpoint
from domain.message import Command
from ledger.errors import LedgerUnavailable, UnknownStream
from ledger.recorder import Recorder, Submission
from ledger.seal.folder import Folder
from ledger.seal.new_log import FORK as FORK_NOTE
from ledger.seal.newest import newest_sealed
from ledger.store import Ledger

EVERY = 60.0
LOG = """
SELECT origin, log, to_char(begun_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM casefold_seal.head
ORDER BY log DESC LIMIT 1
"""
OWN = 1
"""Entries by which the ledger grows when a checkpoint is noted: alone they are no reason to note another one."""

log = structlog.get_logger(__name__)


class SealDiary:
    """Notes what has not been noted; several may, since what they ask for has the same ids."""

    def __init__(self, ledger: Ledger, recorder: Recorder, folder: Folder) -> None:
        self.ledger = ledger
        self.recorder = recorder
        self.folder = folder

    async def run(self, stop: asyncio.Event, every: float = EVERY) -> None:
        """Look now and then until asked to stop."""
        while not stop.is_set():
            with contextlib.suppress(LedgerUnavailable):
                await asyncio.to_thread(self.once)
            try:
                await asyncio.wait_for(stop.wait(), every)
            except TimeoutError:
                continue

    def once(self) -> list[str]:
        """Note what is to be noted; the ids of the commands. The first day of a log is noted on the second."""
        logs = self.ledger.query(LOG)
        if not logs:
            return []
        origin, number, begun = logs[0]
        stream = f"log:{origin}"
        life = self._life(stream)
        asked = []
        if number > 1 and not life.follows and (note := self._fork(origin)):
            asked.append(self._ask(DeclareLedgerFork(note=note), f"fork:{origin}", stream))
        sealed = newest_sealed(self.ledger)
        today = self.ledger.now().date().isoformat()
        grown = sealed is not None and sealed.origin == origin and sealed.size > life.size + OWN
        if sealed is not None and grown and today > max(begun, life.day):
            asked.append(self._ask(PublishCheckpoint(note=sealed.note), f"checkpoint:{origin}:{today}", stream))
        return asked

    def _life(self, stream: str) -> LogLife:
        try:
            state = self.recorder.load(stream)[1]
        except UnknownStream:
            return LogLife()
        assert isinstance(state, LogLife)
        return state

    def _fork(self, origin: str) -> str:
        """The note that the new log began with; empty where what is published cannot be seen from here."""
        note = (self.folder.read(FORK_NOTE) or b"").decode("utf-8", "replace")
        lines = note.split("\n")
        return note if lines[0] == FORK and len(lines) > 4 and lines[4].startswith(f"{origin}+") else ""

    def _ask(self, command: Command, command_id: str, stream: str) -> str:
        receipt = self.recorder.record(Submission(command, WORKFLOW, command_id, stream))
        if not receipt.repeated:
            log.info("seals_noted", command_id=command_id, outcome="accepted" if receipt.accepted else "refused")
        return command_id
