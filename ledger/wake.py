"""A bell within one process: whoever waits for the ledger hears at once that something was appended."""

from __future__ import annotations

from threading import Condition


class Wake:
    """Counts what was appended here; waiting for more ends early when it rings."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How often it has rung."""
        return self._count

    def ring(self) -> None:
        """Something was appended."""
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        """Wait until it has rung more often than seen, or for so many seconds; the count then."""
        with self._condition:
            self._condition.wait_for(lambda: self._count != seen, seconds)
            return self._count
