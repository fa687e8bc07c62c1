"""What a draft sheet would change: how past cases went, beside how they would have gone, counted by department."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.whatif import Asked, Lived, Went

ALL = ""
"""Stands for all departments together."""
SHOWN = 20
"""Cases that are named as examples of each change."""


@dataclass
class Limits:
    """How the time limits of one name went."""

    limits: int = 0
    late: int = 0
    warned: int = 0
    escalated: int = 0
    escalated_to: Counter[str] = field(default_factory=Counter)
    """Role → how many of them came before it."""

    def add(self, went: Went) -> None:
        """Count one."""
        self.limits += 1
        self.late += went.late
        self.warned += went.warned
        self.escalated += bool(went.escalated_to)
        self.escalated_to.update(set(went.escalated_to))


@dataclass
class Proposals:
    """How many persons the proposals needed to approve them."""

    proposals: int = 0
    one: int = 0
    two: int = 0

    def add(self, asked: Asked) -> None:
        """Count one."""
        self.proposals += 1
        self.one += asked.approvals == 1
        self.two += asked.approvals > 1


@dataclass
class Cases:
    """How many cases there were, and in how many of them some limit passed."""

    cases: int = 0
    late: int = 0


@dataclass
class Side:
    """One of the two that are compared; limits by name and department, the others by department."""

    limits: dict[tuple[str, str], Limits] = field(default_factory=dict)
    proposals: dict[str, Proposals] = field(default_factory=dict)
    cases: Cases = field(default_factory=Cases)

    def add(self, lived: Lived) -> None:
        """Count one case."""
        self.cases.cases += 1
        self.cases.late += lived.late
        for went in lived.limits:
            for department in _each(went.department):
                self.limits.setdefault((went.limit, department), Limits()).add(went)
        for asked in lived.proposals:
            for department in _each(asked.department):
                self.proposals.setdefault(department, Proposals()).add(asked)


@dataclass
class Comparison:
    """The two sides, and where they differ."""

    order: tuple[str, ...] = ()
    """Names of limits as they are to be listed; all others come after them."""
    promised: Side = field(default_factory=Side)
    draft: Side = field(default_factory=Side)
    newly_late: int = 0
    no_longer_late: int = 0
    examples: dict[str, list[str]] = field(default_factory=lambda: {"newly_late": [], "no_longer_late": []})
    """The first cases of each change."""
    not_told: Counter[str] = field(default_factory=Counter)
    """Limit of the draft → in how many cases of other systems nothing tells when it was met."""

    def add(self, case: str, promised: Lived, draft: Lived) -> None:
        """Count one case on both sides."""
        self.promised.add(promised)
        self.draft.add(draft)
        self.not_told.update(draft.not_told)
        if draft.late and not promised.late:
            self.newly_late += 1
            self._show("newly_late", case)
        if promised.late and not draft.late:
            self.no_longer_late += 1
            self._show("no_longer_late", case)

    def rows(self) -> Iterator[tuple[str, str, Limits, Limits]]:
        """Limit, department, as promised, under the draft; all departments before each of them."""
        places = {limit: place for place, limit in enumerate(self.order)}
        keys = {*self.promised.limits, *self.draft.limits}
        for key in sorted(keys, key=lambda key: (places.get(key[0], len(places)), *key)):
            yield *key, self.promised.limits.get(key, Limits()), self.draft.limits.get(key, Limits())

    def approvals(self) -> Iterator[tuple[str, Proposals, Proposals]]:
        """Department, as promised, under the draft; all departments first."""
        for department in sorted({*self.promised.proposals, *self.draft.proposals}):
            nothing = Proposals()
            promised = self.promised.proposals.get(department, nothing)
            yield department, promised, self.draft.proposals.get(department, nothing)

    def departments(self) -> list[str]:
        """Those that had such cases."""
        return sorted({department for _, department, _, _ in self.rows()} - {ALL})

    def _show(self, change: str, case: str) -> None:
        if len(self.examples[change]) < SHOWN:
            self.examples[change].append(case)


def _each(department: str) -> tuple[str, ...]:
    return (ALL, department) if department else (ALL,)
