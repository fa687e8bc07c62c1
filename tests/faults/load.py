"""Work to be disturbed: copies of the example cases, and operators who only write notes."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import policies
from domain.actor import WORKFLOW, Actor
from domain.commands import AddNote, ReceiveCase
from domain.words import Channel
from ledger.errors import LedgerUnavailable
from ledger.recorder import Receipt, Recorder, Submission
from tests.faults.house import ROOT, eventually
from worker.play import Script, read_scripts

EXAMPLES = ROOT / "examples" / "cases.json"
AGENT = Actor.parse("li:agent,lead@hotline")


def copies(number: int, name: str) -> list[Script]:
    """The example cases so many times over, each copy about a matter of its own."""
    scripts = []
    for copy in range(1, number + 1):
        for script in read_scripts(EXAMPLES):
            fields = dict(script.open.with_)
            if "matter" in fields:
                fields["matter"] += f" ({name}, {copy})"
            scripts.append(dataclasses.replace(script, open=dataclasses.replace(script.open, with_=fields)))
    return scripts


def commands_in(scripts: Sequence[Script]) -> int:
    """How many commands people give in these scripts."""
    return sum(1 + sum(not step.wait for step in script.steps) for script in scripts)


def ends(script: Script) -> bool:
    """Whether the people of this script bring their case to an end."""
    return any(step.do in ("close_case", "withdraw_case", "refer_case") for step in script.steps)


def complaint(name: str) -> ReceiveCase:
    """A complaint about a matter of its own, with everything that the sheet requires."""
    return ReceiveCase(
        kind="complaint",
        channel=Channel.HOTLINE,
        customer_name="Nobody (made up)",
        contact="nobody@example.com",
        matter=f"Made up: {name}",
        remedy_sought="an answer",
    )


def patiently(recorder: Recorder, submission: Submission, seconds: float = 90) -> Receipt:
    """Record as a careful operator does: again with the same command id until the outcome is known."""
    until = time.monotonic() + seconds
    while True:
        try:
            return recorder.record(submission)
        except LedgerUnavailable:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def promise(recorder: Recorder, **changes: Any) -> None:
    """Put a complaint's sheet with these changes in force for new cases, after the worker has published its own."""
    eventually(lambda: recorder.sheet_in_force("complaint"), 30, "the worker publishes its sheets")
    sheet = dataclasses.replace(policies.load()["complaint"], version="fault tests", **changes)
    recorder.publish({"complaint": sheet}, WORKFLOW)


def opened(recorder: Recorder, name: str, by: Actor = AGENT) -> str:
    """A new complaint; its id."""
    receipt = patiently(recorder, Submission(complaint(name), by, f"open:{name}"))
    assert receipt.accepted, receipt.refusal
    return receipt.stream


class Writers:
    """Operators who write notes into cases without pause, two to a case, and keep every answer."""

    def __init__(self, recorder: Recorder, cases: Sequence[str], name: str) -> None:
        self.recorder = recorder
        self.receipts: list[Receipt] = []
        self.unavailable: list[LedgerUnavailable] = []
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(2 * len(cases), thread_name_prefix="writer")
        self._work = [
            self._pool.submit(self._write, case, f"{name}/{case}/{one}") for case in cases for one in ("a", "b")
        ]

    def _write(self, case: str, name: str) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            submission = Submission(AddNote(text=f"note {number}"), AGENT, f"{name}/{number}", stream=case)
            while True:
                try:
                    self.receipts.append(self.recorder.record(submission))
                    break
                except LedgerUnavailable as error:
                    self.unavailable.append(error)

    def stop(self) -> None:
        """Let each finish the note that it is writing; fails when one of them failed."""
        self._stop.set()
        for work in self._work:
            work.result(120)
        self._pool.shutdown()
