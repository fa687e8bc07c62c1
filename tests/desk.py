"""A desk in a story: people do things with a case, its own workflow does its part, and one can look at any moment."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from temporalio.client import Client, WorkflowExecutionStatus

from domain.actor import Actor
from domain.case import Case
from domain.evolve import replay
from domain.message import Command, Event
from domain.refusal import Refused
from ledger.recorder import Recorder, Submission
from ledger.store import Ledger
from worker.stack.process import wait_until

PATIENCE = 90.0
"""Seconds that the story waits for a workflow; it usually takes a tenth of one."""


@dataclass
class Desk:
    """Where cases are opened."""

    ledger: Ledger
    recorder: Recorder
    outbox: Path
    temporal: str
    namespace: str
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def opens(self, by: Actor, command: Command) -> Life:
        """Somebody opens a case."""
        receipt = self.recorder.record(Submission(command, by, f"story-{next(self.numbers)}"))
        assert receipt.refusal is None, receipt.refusal
        return Life(self, receipt.stream)


@dataclass
class Life:
    """One case, and what people do with it."""

    desk: Desk
    id: str

    @property
    def case(self) -> Case:
        """The case as it is now."""
        return replay(self.desk.ledger.history(self.id))

    def as_of(self, moment: datetime) -> Case:
        """The case as it was known then."""
        return replay(self.desk.ledger.history(self.id, until=moment))

    def now(self) -> datetime:
        """The ledger's clock."""
        return self.desk.ledger.now()

    def does(self, by: Actor, command: Command) -> None:
        """Somebody gives a command, and it is accepted."""
        receipt = self._give(by, command)
        assert receipt is None, receipt

    def refuses(self, by: Actor, command: Command, code: str) -> None:
        """Somebody gives a command, and it is refused for this reason."""
        refusal = self._give(by, command)
        assert refusal is not None, f"{command} was accepted"
        assert refusal.code == code, refusal

    def sees(self, event: type[Event], times: int = 1) -> None:
        """The workflow does something by itself."""

        def seen() -> bool:
            return sum(isinstance(entry.event, event) for entry in self.desk.ledger.history(self.id)) >= times

        assert wait_until(seen, PATIENCE), f"{self.id} has no {event.__name__} yet"

    def letters(self) -> list[Path]:
        """What was sent for this case, as it lies in the outbox."""
        return sorted(self.desk.outbox.glob(f"{self.id}-*"))

    def letter(self, notice: str) -> str:
        """What one notice says."""
        return (self.desk.outbox / f"{self.id}-{notice}.txt").read_text(encoding="utf-8")

    async def ends(self) -> None:
        """The workflow comes to its end."""
        client = await Client.connect(self.desk.temporal, namespace=self.desk.namespace)
        handle = client.get_workflow_handle(self.id)
        await handle.result()
        assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED

    def _give(self, by: Actor, command: Command) -> Refused | None:
        submission = Submission(command, by, f"story-{next(self.desk.numbers)}", stream=self.id)
        return self.desk.recorder.record(submission).refusal
