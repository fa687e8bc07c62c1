"""Operators' commands through the recorder, as every door of Casefold gives them to it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from bench.life import OPERATOR, PLAIN, STEPS, life
from bench.operators import AT_ONCE, Pace, Watch, work
from ledger.recorder import Recorder, Submission


@dataclass
class Recorded:
    """A round of commands, and what is needed to look for them in the histories of workflows."""

    watch: Watch
    commits: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    """Case → the version after each command, and when its answer was there (time.time)."""


def record(
    recorder: Recorder, name: str, operators: int, cases: int, *, kind: str = PLAIN, pace: Pace = AT_ONCE
) -> Recorded:
    """Let operators live so many cases to their end. A refusal would spoil the measurement, so it is raised."""
    lives = [life(kind, f"{name}/{case}") for case in range(cases)]
    streams = [""] * cases
    commits: list[list[tuple[int, float]]] = [[] for _ in range(cases)]

    def do(case: int, step: int) -> None:
        submission = Submission(lives[case][step], OPERATOR, f"{name}/{case}/{step}", streams[case] or None)
        receipt = recorder.record(submission)
        if receipt.refusal is not None:
            raise receipt.refusal
        streams[case] = receipt.stream
        commits[case].append((receipt.version, time.time()))

    watch = work(operators, cases, STEPS, do, pace)
    return Recorded(watch, dict(zip(streams, commits, strict=True)))
