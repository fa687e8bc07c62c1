"""How long something may take, as people write it: ``24h``, ``3wd``, ``2mo``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Unit(StrEnum):
    """What a limit is counted in. The values are what people write after the number."""

    SECONDS = "s"
    MINUTES = "m"
    HOURS = "h"
    WORKING_MINUTES = "wm"
    WORKING_HOURS = "wh"
    WORKING_DAYS = "wd"
    DAYS = "d"
    WEEKS = "w"
    MONTHS = "mo"
    YEARS = "y"


SECONDS = {
    Unit.SECONDS: 1,
    Unit.MINUTES: 60,
    Unit.HOURS: 3600,
    Unit.WORKING_MINUTES: 60,
    Unit.WORKING_HOURS: 3600,
}
"""The units that count time, with their seconds; all others count days."""

WORKING = {Unit.WORKING_MINUTES, Unit.WORKING_HOURS, Unit.WORKING_DAYS}
"""The units that ask a calendar what is open and when."""

_TEXT = re.compile(rf"(0|[1-9][0-9]{{0,8}})({'|'.join(Unit)})")


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of a unit: ``Limit(3, Unit.WORKING_DAYS)`` is ``3wd``."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read a limit. Raises ValueError with a sentence that names examples."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError(
                f"{text!r} is not a limit; write a number and a unit: 30s, 5m, 24h round the clock, "
                f"90wm or 8wh of working time, 3wd, 7d, 8w, 6mo or 1y."
            )
        return cls(int(match[1]), Unit(match[2]))

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError(f"A limit of {self.amount} is not possible; the amount is 0 or more.")

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    @property
    def seconds(self) -> int | None:
        """The seconds that are counted, round the clock or in working time; None for limits that count days."""
        each = SECONDS.get(self.unit)
        return None if each is None else self.amount * each

    @property
    def elapsed(self) -> timedelta | None:
        """The time that this is on every calendar; None for all limits that need one."""
        seconds = self.seconds
        return None if seconds is None or self.unit in WORKING else timedelta(seconds=seconds)
