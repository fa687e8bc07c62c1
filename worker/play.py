"""Plays operators: walks the cases of a script file through their life, command by command, as people would."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Flag
from typing import Any

from pydantic import TypeAdapter

from domain.actor import Actor
from domain.commands import COMMANDS, ReceiveCase
from domain.message import Command
from ledger.errors import LedgerUnavailable
from ledger.recorder import Receipt, Recorder, Submission
from ledger.store import Ledger

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Step:
    """One thing that a person does; or, with ``wait``, something the case's workflow does by itself."""

    by: str = ""
    do: str = ""
    with_: dict[str, Any] = field(default_factory=dict)
    wait: str = ""


@dataclass(frozen=True)
class Script:
    """The life of one case as people live it."""

    title: str
    open: Step
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Told:
    """What has just happened in a script: for whoever shows progress."""

    script: int
    case: str
    what: str


def read_scripts(path: Path) -> list[Script]:
    """The scripts of a file such as ``examples/cases.json``."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return [
        Script(
            title=case["title"],
            open=Step(
                by=case["open"]["by"],
                do="receive_case",
                with_={name: value for name, value in case["open"].items() if name != "by"},
            ),
            steps=tuple(
                Step(step.get("by", ""), step.get("do", ""), step.get("with", {}), step.get("wait", ""))
                for step in case["steps"]
            ),
        )
        for case in data["cases"]
    ]


class Play:
    """Several operators at work. Whatever server goes away, each command is repeated until its outcome is known."""

    def __init__(
        self,
        ledger: Ledger,
        recorder: Recorder,
        scripts: Sequence[Script],
        name: str,
        told: Callable[[Told], None] = lambda told: None,
        patience: float = 60.0,
    ) -> None:
        self.ledger = ledger
        self.recorder = recorder
        self.scripts = scripts
        self.name = name
        self.told = told
        self.patience = patience
        self.receipts: list[Receipt] = []
        """Every answer that an operator was given: nothing of it may ever be lost."""
        self.stopped = Flag()

    def run(self, operators: int = 6) -> list[str]:
        """Play all scripts, as many at once as there are operators; the ids of the cases, in the order of the scripts.

        Raises Refused when a step is refused and TimeoutError when a workflow does not do what a script waits for.
        """
        with ThreadPoolExecutor(operators, thread_name_prefix="operator") as pool:
            playing = [
                pool.submit(self.walk, (script.open, *script.steps), None, number)
                for number, script in enumerate(self.scripts)
            ]
            try:
                return [script.result() for script in playing]
            except BaseException:
                self.stopped.set()
                raise

    def walk(self, steps: Sequence[Step], case: str | None = None, number: int = 0) -> str:
        """Take these steps, the first of which opens a case unless one is named; the id of the case."""
        waited: Counter[str] = Counter()
        for place, step in enumerate(steps):
            if not step.wait:
                case = self._do(number, place, step, case).stream
                continue
            assert case is not None
            waited[step.wait] += 1
            self._wait(number, case, step.wait, waited[step.wait])
        assert case is not None
        return case

    def _do(self, number: int, place: int, step: Step, case: str | None) -> Receipt:
        submission = Submission(
            command=_command(step),
            by=Actor.parse(step.by),
            command_id=f"{self.name}/{number + 1}/{place}",
            stream=case,
        )
        receipt = self._record(submission)
        if receipt.refusal is not None:
            raise receipt.refusal
        self.receipts.append(receipt)
        self.told(Told(number, receipt.stream, step.do))
        return receipt

    def _record(self, submission: Submission) -> Receipt:
        """Record it; while the ledger is away, again with the same command id."""
        until = time.monotonic() + self.patience
        while True:
            try:
                return self.recorder.record(submission)
            except LedgerUnavailable:
                if time.monotonic() > until or self.stopped.wait(0.2):
                    raise

    def _wait(self, number: int, case: str, event: str, times: int) -> None:
        """Until the ledger has the event that often."""
        until = time.monotonic() + self.patience
        while time.monotonic() < until and not self.stopped.wait(0.05):
            try:
                seen = sum(type(entry.event).__name__ == event for entry in self.ledger.history(case))
            except LedgerUnavailable:
                continue
            if seen >= times:
                self.told(Told(number, case, event))
                return
        raise TimeoutError(f"{case} waited {self.patience:.0f} s for {event}, which its workflow does by itself.")


def _command(step: Step) -> Command:
    kind = ReceiveCase if step.do == "receive_case" else COMMANDS[step.do]
    command: Command = TypeAdapter(kind).validate_python(_from_now(step.with_, datetime.now(UTC)))
    return command


def _from_now(value: Any, now: datetime) -> Any:
    """``"+3d"`` in a field named ``due`` → three days from now."""
    if isinstance(value, list):
        return [_from_now(item, now) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: now + timedelta(**{_UNITS[item[-1]]: int(item[1:-1])})
        if name == "due" and isinstance(item, str) and item.startswith("+")
        else _from_now(item, now)
        for name, item in value.items()
    }
