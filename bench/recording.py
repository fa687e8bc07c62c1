"""Operators' commands through the recorder, as every door of Casefold gives them to it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from bench.life import OPERATOR, PLAIN, STEPS, life
from bench.operators import AT_ONCE, Pace, Watch, work
from ledger.follow import places
from ledger.recorder import Recorder, Submission
from ledger.store import Ledger


class Place:
    """How far the relay is. Many may wait at once; one of them looks."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._lock = threading.Lock()
        self._position = 0

    def wait_for(self, position: int) -> None:
        """Until the relay has brought everything up to this position."""
        while self._position < position:
            with self._lock:
                if self._position < position:
                    self._position = next(place.position for place in places(self.ledger) if place.name == "relay")
            time.sleep(0.02)


@dataclass
class Recorded:
    """A round of commands, and what is needed to look for them in the histories of workflows."""

    watch: Watch
    commits: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    """Case → the version after each command, and when its answer was there (time.time)."""


def record(
    recorder: Recorder,
    name: str,
    operators: int,
    cases: int,
    *,
    kind: str = PLAIN,
    pace: Pace = AT_ONCE,
    place: Place | None = None,
) -> Recorded:
    """Let operators live so many cases to their end. A refusal would spoil the measurement, so it is raised.

    With a ``place`` nobody ends a case before the relay has come to it, so that every case has its workflow.
    """
    lives = [life(kind, f"{name}/{case}") for case in range(cases)]
    streams = [""] * cases
    commits: list[list[tuple[int, float]]] = [[] for _ in range(cases)]
    newest = [0] * cases

    def do(case: int, step: int) -> None:
        submission = Submission(lives[case][step], OPERATOR, f"{name}/{case}/{step}", streams[case] or None)
        receipt = recorder.record(submission)
        if receipt.refusal is not None:
            raise receipt.refusal
        streams[case] = receipt.stream
        commits[case].append((receipt.version, time.time()))
        newest[case] = receipt.position

    def wait(case: int, step: int) -> None:
        if place is not None and step == STEPS - 1:
            place.wait_for(newest[case])

    watch = work(operators, cases, STEPS, do, pace, wait)
    return Recorded(watch, dict(zip(streams, commits, strict=True)))
