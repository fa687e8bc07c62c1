"""Operators at work: they take cases from a pile and do one thing after another, and a stopwatch runs."""

from __future__ import annotations

import math
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field


@dataclass
class Watch:
    """What the operators saw: how long each thing took them, and when they began and ended."""

    seconds: list[float] = field(default_factory=list)
    """One for each command that was answered."""
    began: float = 0.0
    ended: float = 0.0
    """On the clock of the machine (time.time)."""

    @property
    def p50(self) -> float:
        """Milliseconds."""
        return 1000 * statistics.median(self.seconds)

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return 1000 * percentile(self.seconds, 99)

    @property
    def rate(self) -> float:
        """Commands answered per second."""
        return len(self.seconds) / (self.ended - self.began)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass
class Pace:
    """How an operator works: so many cases in hand, one thing in each by turns, and a pause after each thing."""

    in_hand: int = 1
    pause: float = 0.0
    every: float = 0.0
    """Instead of a pause: a thing is begun every so many seconds, however long the one before it took."""


AT_ONCE = Pace()


def work(
    operators: int,
    cases: int,
    steps: int,
    do: Callable[[int, int], None],
    pace: Pace = AT_ONCE,
    wait: Callable[[int, int], None] | None = None,
) -> Watch:
    """Let operators (threads) do all steps of all cases; ``do`` gets the number of the case and that of the step.

    ``wait`` comes before it, and is no work: the time that a single thing takes does not count it.
    """
    pile = list(range(cases))
    pile.reverse()
    lock = threading.Lock()
    watch = Watch()
    start = threading.Barrier(operators + 1)

    def operator(number: int) -> list[float]:
        seconds: list[float] = []
        start.wait()
        next_at = time.perf_counter() + pace.every * number / operators
        while True:
            with lock:
                hand = [pile.pop() for _ in range(min(pace.in_hand, len(pile)))]
            if not hand:
                return seconds
            for step in range(steps):
                for case in hand:
                    if pace.every:
                        time.sleep(max(0.0, next_at - time.perf_counter()))
                        next_at += pace.every
                    if wait is not None:
                        wait(case, step)
                    before = time.perf_counter()
                    do(case, step)
                    seconds.append(time.perf_counter() - before)
                    if pace.pause:
                        time.sleep(pace.pause)

    with ThreadPoolExecutor(operators, thread_name_prefix="operator") as pool:
        working = [pool.submit(operator, number) for number in range(operators)]
        watch.began = time.time()
        start.wait()
        for one in working:
            watch.seconds += one.result()
        watch.ended = time.time()
    return watch
