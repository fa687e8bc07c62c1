"""Kills parts at random moments in the middle of work.

A moment is measured in work done, so that a slow machine changes nothing.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence, Sized

from tests.faults.house import House, Part


class Chaos:
    """A thread that kills these parts in this order while the work goes from nothing to all of it."""

    def __init__(self, house: House, parts: Sequence[Part], done: Sized, all_of_it: int, chance: random.Random) -> None:
        self.house = house
        self.done = done
        """Grows with the work: the receipts of a play."""
        self.killed: list[tuple[Part, int]] = []
        """What was killed, and after how much work."""
        moments = sorted(chance.uniform(0.03, 0.9) * all_of_it for _ in parts)
        jitters = [chance.uniform(0, 0.1) for _ in parts]
        self._plan = list(zip(parts, moments, jitters, strict=True))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._kill, name="chaos", daemon=True)

    def _kill(self) -> None:
        for part, moment, jitter in self._plan:
            while len(self.done) < moment:
                if self._stop.wait(0.005):
                    return
            time.sleep(jitter)
            self.house.wait_for(part)
            self.house.kill(part)
            self.killed.append((part, len(self.done)))

    def __enter__(self) -> Chaos:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(90)
