"""The parts of an explanation of a deadline: plain data for the console, programs and JSON (T-12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.events import StepKind
from domain.rules import Family, PauseKind
from domain.working_time import Line


class Result(StrEnum):
    """How a time limit stands, or how it ended."""

    RUNNING = "running"
    STANDING = "standing"
    OVERDUE = "overdue"
    KEPT = "kept"
    LATE = "late"
    LAPSED = "lapsed"
    OVER = "over"


@dataclass(frozen=True, kw_only=True)
class Told:
    """The entry that something follows from."""

    version: int
    event: str
    by: str
    happened_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class RuleUsed:
    """The rule of the sheet, and the limit that it has for this case."""

    name: str
    sheet: str
    sheet_version: str
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    limits: Mapping[str, str]
    """By urgency or complexity."""
    column: str
    """The urgency or complexity that chose the limit."""
    from_next_day: bool
    roll: str
    per: str
    cumulative: bool
    source: str
    requirement: str
    effective_from: str
    effective_to: str


@dataclass(frozen=True, kw_only=True)
class YearUsed:
    """A year that the walk touches, and who announced its days."""

    year: int
    announced: bool
    source: str
    published: str


@dataclass(frozen=True, kw_only=True)
class CalendarUsed:
    """The calendar that the deadline was counted on."""

    name: str
    version: str
    digest: str
    title: Mapping[str, str]
    time_zone: str
    years: tuple[YearUsed, ...]
    """Empty: it does not matter who announced what."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A time in which the clock stood still."""

    pause: str
    """Its number; empty: a clock that goes on where it stood was stopped."""
    reason: str
    title: Mapping[str, str]
    kind: PauseKind | None
    source: str
    since: datetime
    until: datetime | None
    flagged: bool
    """The customer was heard of meanwhile."""
    added: timedelta | None
    """How much later the deadline is because of it; None: nothing is counted with it, or not yet."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A warning before the deadline, or an escalation after it."""

    kind: StepKind
    level: int
    to: str
    at: datetime
    raised: Told | None
    """Where it is recorded; None: it was not, or not yet."""
    late: timedelta
    """How much later than it was due it was found; nothing where that is but a moment."""


@dataclass(frozen=True, kw_only=True)
class Breach:
    """The limit passed."""

    due: datetime
    recorded: Told
    late: timedelta
    """How much later that was found."""
    corrected: Told | None
    """Where it turned out that it had been kept, or has not passed yet."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """The deadline was counted anew."""

    cause: str
    at: datetime
    before: datetime
    due: datetime
    limit: str
    calendar_version: str
    provisional: bool
    recorded: Told
    because: Told | None
    """The entry that caused it; None: the program did, after a calendar changed."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """An earlier life of a clock that was started again."""

    started_at: datetime
    due: datetime
    ended_at: datetime | None
    breached: bool
    lapsed: bool


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A deadline and everything that it follows from."""

    clock: str
    family: Family
    binds: str
    earlier: tuple[Run, ...]
    """Its lives before this one; all else is about the last."""

    started: Told
    """The entry that says so."""
    because: Told | None
    """The event that started it."""
    started_at: datetime
    named: Told | None
    """Where a person named the due time; None: a rule has it."""

    limit: str
    rule: RuleUsed | None
    calendar: CalendarUsed | None
    walk: tuple[Line, ...]
    holds: tuple[Held, ...]

    due: datetime
    """As the ledger has it."""
    derived: datetime | None
    """As it is counted here and now; None: there is nothing to count."""
    at_once: bool
    """The derived instant had passed when it was counted anew: it was due at that moment."""
    agrees: bool
    """Whether the ledger and the derivation say the same."""
    provisional: bool

    steps: tuple[Step, ...]
    breaches: tuple[Breach, ...]
    moves: tuple[Move, ...]

    result: Result
    ended: Told | None
    ended_by: Told | None
    """The event that stopped it."""
    ended_at: datetime | None
    breached: bool
    left: timedelta
    """Until it is due; of one that ended, what was left. Less than nothing: late by so much."""
    working_left: timedelta | None
    """The same in the time in which its calendar is open; None without a calendar."""
    if_resumed: datetime | None
    """When it would be due if it ran again now; None when it does not stand still."""
