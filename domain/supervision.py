"""The supervision of a policy as a fold: how its period runs, and the exceptions found, each until it is put right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from domain import policy_events as p
from domain.clocks import JUST_AFTER
from domain.copying import replace
from domain.message import Event


@dataclass(frozen=True)
class Found:
    """An exception that a supervision found: somebody did not keep the rules."""

    supervision: str
    owner: str
    due: datetime
    case: str = ""
    overdue: bool = False
    """It is recorded that its due time passed before it was put right."""
    rectified: bool = False


@dataclass(frozen=True)
class Supervision:
    """The supervision of a policy so far."""

    since: datetime | None = None
    """When its first period began; None: the version in force asks for none."""
    held: int = 0
    """How many there have been."""
    held_at: datetime | None = None
    called: datetime | None = None
    """When the one was due that is recorded as due and not yet held."""
    exceptions: Mapping[str, Found] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def newest(self) -> str:
        """The number of the last one that was held; empty: none."""
        return f"V{self.held}" if self.held else ""

    @property
    def open(self) -> Mapping[str, Found]:
        """The exceptions that are not yet put right."""
        return {number: one for number, one in self.exceptions.items() if not one.rectified}

    @property
    def begun(self) -> datetime | None:
        """When the period began that runs now; None: none runs."""
        return None if self.since is None else max(self.since, self.held_at or self.since)


def evolve(supervision: Supervision, event: Event) -> Supervision:
    """The supervision after one more event of its policy."""
    match event:
        case p.SupervisionDue():
            return replace(supervision, called=event.due)
        case p.SupervisionHeld():
            return replace(supervision, held=supervision.held + 1, held_at=event.at, called=None)
        case p.ExceptionFound():
            return _with(supervision, event.exception, Found(event.supervision, event.owner, event.due, event.case))
        case p.ExceptionOverdue():
            return _change(supervision, event.exception, lambda found: replace(found, overdue=True))
        case p.ExceptionRectified():
            return _change(supervision, event.exception, lambda found: replace(found, rectified=True))
    return supervision


def under(supervision: Supervision, months: int, began: datetime | None) -> Supervision:
    """Another version is in force: unlike a review, the period runs on, for it is the people who are looked at."""
    if not months:
        return replace(supervision, since=None, called=None)
    return replace(supervision, since=supervision.since or began)


def coming(supervision: Supervision) -> Iterator[tuple[datetime, Event]]:
    """The exceptions whose time will pass; exactly on time is in time."""
    for number, one in supervision.open.items():
        if not one.overdue:
            yield one.due + JUST_AFTER, p.ExceptionOverdue(exception=number, due=one.due)


def _with(supervision: Supervision, number: str, found: Found) -> Supervision:
    return replace(supervision, exceptions=MappingProxyType({**supervision.exceptions, number: found}))


def _change(supervision: Supervision, number: str, change: Callable[[Found], Found]) -> Supervision:
    known = supervision.exceptions.get(number)
    return supervision if known is None else _with(supervision, number, change(known))
