"""The last weeks of the demonstration: everybody does what they did, at the time at which they did it.

People's steps and what the cases' workflows do by themselves come out of one queue, ordered by time, and go through the
recorder with its clock at that time. What is recorded is what would have been recorded then.
"""

from __future__ import annotations

import heapq
import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from activities.asks import Sending
from activities.notify import Notify
from domain.actor import WORKFLOW, Actor
from domain.case import Case
from domain.commands import COMMANDS
from domain.message import Command
from domain.progress import Progress, progress_of
from ledger.evidence.evidence import Evidence
from ledger.recorder import Receipt, Recorder, Submission
from ledger.store import Ledger
from worker.organisation.lives import Life, Step
from worker.organisation.photo import photo

A_MOMENT = timedelta(seconds=1)
"""After which a case's workflow does what there is to do."""
Told = Callable[[int], None]


@dataclass
class Clock:
    """What the recorder takes for now."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(order=True)
class Happening:
    """Something in the queue."""

    at: datetime
    turn: int
    do: Callable[[], None] = field(compare=False)


class Past:
    """Everything that has happened until an instant."""

    def __init__(
        self, ledger: Ledger, recorder: Recorder, clock: Clock, evidence: Evidence, outbox: Path, until: datetime
    ) -> None:
        self._ledger = ledger
        self.recorder = recorder
        self.clock = clock
        self.evidence = evidence
        self.until = until
        self.cases: dict[int, str] = {}
        """The number of a life, and its case."""
        self._notify = Notify(ledger, recorder, outbox)
        self._queue: list[Happening] = []
        self._turns = itertools.count()
        self._done = 0
        self._awake: dict[str, datetime] = {}
        """When a case's workflow wakes next."""

    def at(self, instant: datetime, do: Callable[[], None]) -> None:
        """Put something in the queue; what lies after the end does not happen."""
        if instant <= self.until:
            heapq.heappush(self._queue, Happening(instant, next(self._turns), do))

    def live(self, life: Life, begins: datetime, told: Told = lambda number: None) -> None:
        """Let a case be lived from this instant on; ``told`` hears how many steps of people are done in all."""
        at = begins
        for place, step in enumerate(life.steps):
            at += timedelta(hours=step.after)
            self.at(at, self._step(life, place, step, told))

    def run(self) -> None:
        """Let it all happen."""
        while self._queue:
            happening = heapq.heappop(self._queue)
            self.clock.now = happening.at
            happening.do()

    def ask(self, by: Actor, command: Command, command_id: str, stream: str | None = None) -> Receipt:
        """Record a command now. Raises its refusal."""
        receipt = self.recorder.record(Submission(command, by, command_id, stream))
        if receipt.refusal is not None:
            raise receipt.refusal
        return receipt

    # ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _step(self, life: Life, place: int, step: Step, told: Told) -> Callable[[], None]:
        def do() -> None:
            stream = self.cases.get(life.number)
            case: Case = self.recorder.load(stream)[1] if stream else Case()
            key = f"demo/{life.number}/{place}"
            if step.photo:
                assert stream is not None
                self._photo(life, stream, step.actor(case), key)
            else:
                stream = self.ask(step.actor(case), step.do(case, self.clock.now), key, stream).stream
                self.cases[life.number] = stream
            self._wake(stream, self.clock.now + A_MOMENT)
            self._done += 1
            told(self._done)

        return do

    def _photo(self, life: Life, stream: str, by: Actor, key: str) -> None:
        name = "照片" if life.language == "zh" else "photo"
        content = io.BytesIO(photo(life.number))
        self.evidence.add(stream, content, f"{name} {life.number}.png", by, key, media_type="image/png")

    # ── Workflows ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _wake(self, stream: str, at: datetime) -> None:
        if stream not in self._awake or at < self._awake[stream]:
            self._awake[stream] = at
            self.at(at, lambda: self._woken(stream, at))

    def _woken(self, stream: str, at: datetime) -> None:
        """What the workflow of a case does when it wakes; see `workflows.desk`."""
        if self._awake.get(stream) != at:
            return
        del self._awake[stream]
        progress = self._progress(stream)
        keys = [(f"{stream}/{progress.stage}#{progress.round}/{name}", name) for name in progress.wanted]
        keys += [(f"{stream}/{due.command}@{due.at.isoformat()}", due.command) for due in progress.due if due.at <= at]
        for key, name in keys:
            self.recorder.record(Submission(COMMANDS[name](), WORKFLOW, key, stream))
        if keys:
            progress = self._progress(stream)
        if ready := [effect.key for effect in progress.todo if effect.not_before <= at]:
            progress = self._notify.send_notices(Sending(stream, ready)) or progress
        later = [due.at for due in progress.due] + [effect.not_before for effect in progress.todo]
        if later:
            self._wake(stream, max(min(later), at + A_MOMENT))

    def _progress(self, stream: str) -> Progress:
        """What a workflow would know of the case now."""
        version, case = self.recorder.load(stream)
        progress = progress_of(stream, version, case, self._ledger.sheet(case.sheet))
        assert progress is not None
        return progress
