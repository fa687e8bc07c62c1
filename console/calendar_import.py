"""What a new calendar would do: which calendars stand on it, and which deadlines of open cases come out differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from console.house import House
from domain.actor import Actor
from domain.calendar_stream import CalendarLife, PublishCalendar, decide
from domain.calendars import Calendar
from domain.clocks import recounted
from domain.context import Context, Shelf
from domain.events import DeadlineMoved
from domain.policy import Sheet
from domain.refusal import Refused
from ledger.canonical import canonical, plain
from ledger.derived import standing_on
from ledger.states import states


@dataclass(frozen=True)
class Move:
    """A deadline that comes out differently."""

    case: str
    clock: str
    before: datetime
    due: datetime
    was_provisional: bool
    provisional: bool


@dataclass(frozen=True)
class Change:
    """A version of a calendar, and the one that it replaces."""

    calendar: Calendar
    before: Calendar | None

    @property
    def replaces(self) -> str:
        """The version in force until then; empty when there is none."""
        return self.before.version if self.before else ""

    @property
    def in_force(self) -> bool:
        """Whether this version is in force already."""
        return self.before is not None and self.before.digest == self.calendar.digest


def changes(calendar: Calendar, lives: Mapping[str, CalendarLife]) -> list[Change]:
    """This calendar, and those that stand on it as they are then."""
    known = {name: life.in_force for name, life in lives.items() if life.in_force is not None}
    return [Change(one, known.get(one.name)) for one in (calendar, *standing_on(calendar, known))]


def refuse(change: Change, lives: Mapping[str, CalendarLife], by: Actor, house: House) -> None:
    """Raises Refused when the calendar could not be put in force; writes nothing."""
    calendar = change.calendar
    life = lives.get(calendar.name, CalendarLife())
    command = PublishCalendar(content=canonical(plain(calendar.to_data())).decode())
    context = Context(f"calendar:{calendar.name}", house.ledger.now(), by, None, house.recorder.papers)
    decide(life, command, context)


def publish(change: Change, by: Actor, house: House, command_id: str = "") -> None:
    """Put it in force. Raises Refused."""
    calendar = change.calendar
    if house.recorder.publish_calendar(calendar, by, command_id):
        return
    in_force = house.recorder.load(f"calendar:{calendar.name}")[1].in_force
    if in_force.digest != calendar.digest:
        raise Refused("calendar_superseded", calendar=calendar.name, version=calendar.version)


def moves(house: House, new: Mapping[str, Calendar]) -> Iterator[Move]:
    """What these calendars would do to the deadlines of open cases, case by case."""
    shelf = _OnTop(house.recorder.papers, new)
    now = house.ledger.now()
    for portion in states(house.ledger, "case"):
        for stream, case in portion.items():
            if case.over:
                continue
            sheet = house.ledger.sheet(case.sheet)
            for name in new:
                for event in recounted(case, sheet, shelf, name, now):
                    if isinstance(event, DeadlineMoved):
                        was = case.clocks[event.clock]
                        yield Move(stream, event.clock, was.due, event.due, was.provisional, event.provisional)


@dataclass(frozen=True)
class _OnTop:
    """The organisation's papers with calendars that are not in force yet."""

    papers: Shelf
    new: Mapping[str, Calendar]

    def calendar(self, name: str) -> Calendar:
        """The new one, or the one in force."""
        return self.new[name] if name in self.new else self.papers.calendar(name)

    def sheet(self, digest: str) -> Sheet:
        """As it is."""
        return self.papers.sheet(digest)

    def version(self, kind: str, version: str) -> Sheet | None:
        """As it is."""
        return self.papers.version(kind, version)
