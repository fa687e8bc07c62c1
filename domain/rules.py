"""The rules that a policy sheet is made of: clocks, pauses, counters, approvals, assignment. Data, no decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from domain.limits import Limit
from domain.words import Complexity, Urgency


class Family(StrEnum):
    """Whose time limit it is (T-08)."""

    HOUSE = "house"
    STATUTE = "statute"
    PLATFORM = "platform"
    DEPARTMENT = "department"


class PauseKind(StrEnum):
    """What a pause may stop: a convenience pause never stops a limit that comes from law (T-09)."""

    STATUTORY = "statutory"
    CONVENIENCE = "convenience"


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """A step after a limit has passed: how long after it, to which role (T-10)."""

    after: str
    """A limit, counted from the deadline on the clock's own calendar: ``0m``, ``2wh``, ``1wd``."""
    to: str
    """A role; it is told in the department that the case is with."""


@dataclass(frozen=True, kw_only=True)
class ClockRule:
    """A time limit: which events start and stop it, how long it is, on which calendar (T-07, T-08)."""

    name: str
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    limit: Mapping[str, str]
    """By urgency or complexity, as `domain.limits` reads them; ``ordinary`` is the limit of all that are not named.

    Zero means at once: within the minute.
    """
    calendar: str = "round-the-clock"
    family: Family = Family.HOUSE
    from_next_day: bool = False
    """The day on which it starts does not count; it ends with its last day."""
    roll: str = ""
    """``next_opening`` or ``next_working_day``: where a deadline that falls outside moves."""
    warn: tuple[int, ...] = (80,)
    """Percentages of the limit, rising."""
    escalate: tuple[Escalation, ...] = ()
    per: str = "case"
    """``case``: one clock; ``round``: one for each round."""
    cumulative: bool = False
    """Started again, it goes on where it stood: thirty-five days in all."""
    binds: str = ""
    """Whom it binds: a role, or merchant, platform, authority, customer."""
    source: str = ""
    """Statute, platform rule or place in the rule book that it comes from."""
    effective_from: str = ""
    effective_to: str = ""
    """First and last day of receipt (2026-04-15, on its calendar's own clock) of the cases that it is for."""
    requirement: str = ""
    """The row of the requirements that it keeps, such as T-01."""

    def limit_of(self, urgency: Urgency, complexity: Complexity) -> Limit:
        """The limit for a case of this urgency and complexity; urgency goes first (C-09)."""
        if urgency is not Urgency.ORDINARY and urgency in self.limit:
            return self._limits[urgency]
        return self._limits.get(complexity, self._limits["ordinary"])

    def is_for(self, received_on: date) -> bool:
        """Whether it is for cases received on this day."""
        day = received_on.isoformat()
        return (not self.effective_from or self.effective_from <= day) and (
            not self.effective_to or day <= self.effective_to
        )

    @cached_property
    def _limits(self) -> Mapping[str, Limit]:
        return {name: Limit.parse(text) for name, text in self.limit.items()}


@dataclass(frozen=True, kw_only=True)
class PauseRule:
    """A reason for which clocks may stand still (T-09)."""

    kind: PauseKind
    clocks: tuple[str, ...]
    """Names of the clocks that stand still."""
    title: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class CounterRule:
    """Something that may happen only so often: the second repair (A-03)."""

    name: str
    counts: tuple[str, ...]
    """Events."""
    at: int
    """The count that is recorded as reached."""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class ApprovalRule:
    """Above which amount a proposal needs approval, and above which that of two persons (H-09)."""

    above: Decimal
    two_above: Decimal | None = None
    by: tuple[str, ...] = ()
    """Roles."""
    currency: str = "CNY"

    def needed(self, amount: Decimal | None, currency: str) -> int:
        """How many persons must approve; an amount in another currency needs one at least."""
        if amount is None:
            return 0
        if currency != self.currency:
            return 1 if self.two_above is None else 2
        if self.two_above is not None and amount > self.two_above:
            return 2
        return 1 if amount > self.above else 0


@dataclass(frozen=True, kw_only=True)
class AssignmentRule:
    """Which department and skill a case of some nature needs; the first rule that fits is taken (H-02)."""

    name: str
    department: str
    skill: str = ""
    categories: tuple[str, ...] = ()
    """Types, or ``type/sub-type``; empty: every one."""
    urgencies: tuple[str, ...] = ()
    complexities: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class UpwardRule:
    """Which cases are reported upward for more resources, and who is asked to support (H-06)."""

    tell: tuple[str, ...] = ()
    """Roles that are told."""
    support: tuple[str, ...] = ()
    """Roles that are asked to help."""


@dataclass(frozen=True, kw_only=True)
class EndingRule:
    """Who may end a case this way, and what must have happened first (C-05)."""

    by: tuple[str, ...] = ()
    """Roles; empty: everyone who may close."""
    reason_required: bool = True
    after_reminders: int = 0


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A number that the rule books leave to each organisation, their ``[X]``."""

    value: str
    default: str
    """What the pack ships; where the value differs, the organisation has set it."""
    unit: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    book: tuple[str, ...] = ()
    """Places in the rule book, such as O3.1.1."""
    requirement: tuple[str, ...] = ()
