"""The fan-out: follows the ledger and turns one entry into commands for many cases, paced, each once.

To let an entry concern many cases, write a rule and add it to `RULES`. Killed in the middle it begins the entry anew:
what was asked before is known by its command id, and a case in which it is done is not asked at all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from domain.actor import WORKFLOW
from domain.calendar_stream import CalendarPublished
from domain.case import Case
from domain.entry import Entry
from domain.message import Event
from ledger.errors import LeaseLost, LedgerUnavailable
from ledger.follow import Follower
from ledger.recorder import Recorder, Submission
from ledger.states import states
from ledger.store import Ledger
from worker.contingency import CONTINGENCY
from worker.jobs import Job, Rule
from worker.recount import recount

NAME = "fanout"

RULES: Mapping[type[Event], Rule] = {
    CalendarPublished: recount,
    **CONTINGENCY,
}
"""Which entries concern many cases, and how."""

LOOK_EVERY = 1.0
"""Seconds between two looks at the ledger: nobody waits for this follower."""
AT_ONCE = 1000
"""Entries that it reads in one look."""
SIGN_OF_LIFE = 2.0
"""How often it says that it still follows, while it is at work or waits."""

log = structlog.get_logger(__name__)


class NotAllAsked(Exception):
    """Some cases could not be looked at; the entry is not done with, and comes again."""


class Fanout:
    """One of several may run at a time: whoever holds the lease of the name. Others wait."""

    def __init__(
        self,
        ledger: Ledger,
        recorder: Recorder,
        *,
        per_second: float = 200.0,
        rules: Mapping[type[Event], Rule] = RULES,
        look_every: float = LOOK_EVERY,
        high_water: Path | None = None,
    ) -> None:
        self.ledger = ledger
        self.recorder = recorder
        self.per_second = per_second
        self.rules = rules
        self.look_every = look_every
        self.follower = Follower(NAME, ledger, limit=AT_ONCE, high_water=high_water)
        self._stop = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Follow until ``stop`` is set. Blocks: run it in a thread.

        Raises alarms (see `Follower.batches`), and whatever a rule does not expect: then run it again.
        """
        self._stop = stop
        try:
            for entries in self.follower.batches(stop):
                try:
                    self.take(entries)
                    if len(entries) < AT_ONCE:
                        stop.wait(self.look_every)
                except (LeaseLost, LedgerUnavailable) as error:
                    log.warning("fanout_waits_for_ledger", error=type(error).__name__)
                    self.follower.again()
                    stop.wait(1.0)
        finally:
            self.follower.release()

    def take(self, entries: Sequence[Entry]) -> None:
        """Do what these entries ask, one after the other; each is acknowledged when all its cases are asked."""
        seen = time.monotonic()
        for entry in entries:
            rule = self.rules.get(type(entry.event))
            job = rule(entry, self.ledger, self.recorder) if rule is not None else None
            if job is None:
                continue
            if not (self._wait(seen + job.settled_after - time.monotonic()) and self._ask_all(job)):
                return  # asked to stop: it comes again
            self.follower.acknowledge(entry.position)
        self.follower.acknowledge(entries[-1].position)

    def _ask_all(self, job: Job) -> bool:
        """Ask every open case that the job touches; False when asked to stop meanwhile.

        It rests as long as it works, and so long that no more than ``per_second`` commands are given.
        """
        asked = not_asked = 0
        began = time.monotonic()
        for portion in states(self.ledger, "case"):
            commands, failed = self._commands(job, portion)
            if commands:
                self._record(commands)
            asked, not_asked = asked + len(commands), not_asked + failed
            took = time.monotonic() - began
            if not self._wait(max(took, len(commands) / self.per_second - took)):
                return False
            began = time.monotonic()
        if not_asked:
            raise NotAllAsked(f"{not_asked} cases could not be looked at for {job.key}.")
        if last := job.finish():
            self._record(last)
        log.info("fanout_done", key=job.key, asked=asked)
        return True

    def _commands(self, job: Job, portion: Mapping[str, Case]) -> tuple[list[Submission], int]:
        """The commands for these cases, and for how many it could not be told: they do not hold up the others."""
        commands: list[Submission] = []
        failed = 0
        for stream, case in portion.items():
            if case.over:
                continue
            try:
                command = job.command_for(stream, case)
            except LedgerUnavailable:
                raise
            except Exception as error:
                log.error("fanout_fails", case=stream, key=job.key, exc_info=error)
                failed += 1
                continue
            if command is not None:
                commands.append(Submission(command, WORKFLOW, command_id(job, stream), stream))
        return commands, failed

    def _record(self, commands: Sequence[Submission]) -> None:
        for receipt in self.recorder.record_all(commands):
            if receipt.refusal is not None:
                log.warning("fanout_refused", case=receipt.stream, code=receipt.refusal.code)

    def _wait(self, seconds: float) -> bool:
        """Let time pass, with signs of life; False when asked to stop. Raises LeaseLost."""
        until = time.monotonic() + seconds
        while True:
            self.follower.keep()
            if self._stop.wait(max(0.0, min(SIGN_OF_LIFE, until - time.monotonic()))):
                return False
            if time.monotonic() >= until:
                return True


def command_id(job: Job, stream: str) -> str:
    """The id of a command of this follower.

    Not of the form that a case's own workflow uses, which the relay takes for an answer that the workflow has already:
    of what is asked here, it must be told.
    """
    return f"fanout:{job.key}:{stream}"
