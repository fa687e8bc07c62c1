"""What a verification finds: one line per check, and the entries that are not what they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

NAMED = 1000
"""Faults of a check that are named one by one; the others are counted."""


class Verdict(StrEnum):
    """The kind of a fault."""

    CHANGED = "CHANGED"
    MISSING = "MISSING"
    INSERTED = "INSERTED"
    REORDERED = "REORDERED"
    BACKDATED = "BACKDATED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    ROLLED_BACK = "ROLLED_BACK"
    INCONSISTENT = "INCONSISTENT"


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was sealed; what is known of its place."""

    verdict: Verdict
    leaf: int | None = None
    position: int | None = None
    stream: str = ""
    version: int | None = None
    topic: str = ""
    detail: str = ""

    @property
    def sentence(self) -> str:
        """For people."""
        places = (("leaf", self.leaf), ("position", self.position), ("case", self.stream), ("version", self.version))
        parts = [f"{name} {value}" for name, value in places if value not in (None, "")]
        parts += [part for part in (self.topic, self.detail) if part]
        return f"{self.verdict}: {', '.join(parts)}"

    def to_data(self) -> dict[str, Any]:
        """For programs."""
        return {**vars(self), "verdict": self.verdict.value}


@dataclass
class Check:
    """One thing that was looked at."""

    name: str
    found: str = ""
    """What is so when nothing is wrong."""
    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    """How many faults there are, also those that are not named."""

    def fault(self, fault: Fault, more: int = 0) -> None:
        """Something is wrong here, with so many more of its kind behind it."""
        self.count += 1 + more
        if len(self.faults) < NAMED:
            self.faults.append(fault)

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.count

    @property
    def line(self) -> str:
        """For people: what was found, or the first fault."""
        if self.well:
            return f"ok     {self.name:<12} {self.found}"
        more = f" (and {self.count - 1} more)" if self.count > 1 else ""
        return f"WRONG  {self.name:<12} {self.faults[0].sentence}{more}"

    def to_data(self) -> dict[str, Any]:
        """For programs."""
        faults = [fault.to_data() for fault in self.faults]
        return {"check": self.name, "well": self.well, "found": self.found, "count": self.count, "faults": faults}


@dataclass
class Report:
    """All checks of one verification."""

    checks: list[Check] = field(default_factory=list)
    entries: int = 0
    """Entries that were read."""
    size: int = 0
    """Entries under the newest checkpoint."""
    root: str = ""

    @property
    def well(self) -> bool:
        """Whether every check passed, and there was one."""
        return bool(self.checks) and all(check.well for check in self.checks)

    @property
    def faults(self) -> list[Fault]:
        """Everything that is wrong, entries in the order of the ledger first."""
        found = [fault for check in self.checks for fault in check.faults]
        return sorted(found, key=lambda fault: (fault.leaf is None, fault.leaf or 0))

    def lines(self) -> Iterator[str]:
        """For people."""
        yield from (check.line for check in self.checks)

    def to_data(self) -> dict[str, Any]:
        """For programs."""
        first: Sequence[Fault] = self.faults[:1]
        return {
            "well": self.well,
            "size": self.size,
            "root": self.root,
            "entries": self.entries,
            "first_fault": first[0].to_data() if first else None,
            "checks": [check.to_data() for check in self.checks],
        }
