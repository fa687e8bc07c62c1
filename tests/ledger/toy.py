"""A toy stream type: counters that are opened, counted up, refuse to pass a limit, and are late after a while."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.context import Context
from domain.message import Command, Event
from domain.refusal import Refused
from domain.stream import StreamType


@dataclass(frozen=True, kw_only=True)
class OpenCounter(Command):
    """Open a counter."""

    kind: str = "toy"
    matter: str | None = None
    seconds: int = 3600


@dataclass(frozen=True, kw_only=True)
class Count(Command):
    """Count up."""

    by: int = 1
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class CountOften(Command):
    """Count up several times at once."""

    times: int


@dataclass(frozen=True, kw_only=True)
class DoNothing(Command):
    """Accepted, with nothing to write."""


@dataclass(frozen=True, kw_only=True)
class CounterOpened(Event):
    """A counter was opened."""

    due: datetime


@dataclass(frozen=True, kw_only=True)
class Counted(Event):
    """The counter was counted up."""

    by: int
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class CounterLate(Event):
    """The counter was not finished in time."""

    due: datetime

    @property
    def instant(self) -> datetime:
        """When it was due, however late that was found."""
        return self.due


@dataclass(frozen=True)
class Counter:
    """A counter."""

    total: int = 0
    due: datetime | None = None
    late: bool = False


LIMIT = 1000


def evolve(counter: Counter, event: Event) -> Counter:
    """The counter after one more event."""
    match event:
        case CounterOpened():
            return replace(counter, due=event.due)
        case Counted():
            return replace(counter, total=counter.total + event.by)
        case CounterLate():
            return replace(counter, late=True)
    return counter


def decide(counter: Counter, command: Command, context: Context) -> list[Event]:
    """What the command leads to."""
    match command:
        case OpenCounter():
            return [CounterOpened(due=context.now + timedelta(seconds=command.seconds))]
        case Count():
            if command.note == "bug":
                raise RuntimeError("a bug in a rule")
            if counter.total + command.by > LIMIT:
                raise Refused("score_range")
            return [Counted(by=command.by, note=command.note)]
        case CountOften():
            return [Counted(by=1) for _ in range(command.times)]
    return []


def overdue(counter: Counter, now: datetime) -> list[Event]:
    """Lateness that is due and not yet written down."""
    if counter.due is not None and now > counter.due and not counter.late:
        return [CounterLate(due=counter.due)]
    return []


COUNTER = StreamType(
    name="counter",
    initial=Counter(),
    evolve=evolve,
    decide=decide,
    overdue=overdue,
    progress=lambda stream, version, counter, sheet: None,
    sheet_of=lambda counter: None,
    opening={OpenCounter: "T"},
    commands={"open_counter": OpenCounter, "count": Count, "count_often": CountOften, "do_nothing": DoNothing},
    events={"CounterOpened": CounterOpened, "Counted": Counted, "CounterLate": CounterLate},
)
TOYS = {"counter": COUNTER}
