"""The life of a working calendar in the ledger: version by version, as notices are announced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from domain.actor import Role
from domain.calendars import Calendar
from domain.context import Context
from domain.message import Command, Event
from domain.refusal import Refused


@dataclass(frozen=True, kw_only=True)
class PublishCalendar(Command):
    """Put a version of a working calendar in force; deadlines that it touches are counted anew."""

    content: str
    """The whole calendar as JSON."""


@dataclass(frozen=True, kw_only=True)
class CalendarPublished(Event):
    """A version of a working calendar came into force."""

    name: str
    version: str
    digest: str
    content: str


@dataclass(frozen=True)
class CalendarLife:
    """The versions of one calendar so far."""

    version: int = 0
    published: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Version → digest."""
    in_force: Calendar | None = None


def calendar_of(event: CalendarPublished) -> Calendar:
    """The calendar that was published, known by the digest of that day, whatever a later program would compute."""
    calendar = Calendar.from_data(json.loads(event.content))
    calendar.__dict__["digest"] = event.digest
    return calendar


def evolve(life: CalendarLife, event: Event) -> CalendarLife:
    """The calendar after one more event."""
    life = replace(life, version=life.version + 1)
    if isinstance(event, CalendarPublished):
        published = MappingProxyType({**life.published, event.version: event.digest})
        return replace(life, published=published, in_force=calendar_of(event))
    return life


def decide(life: CalendarLife, command: Command, context: Context) -> list[Event]:
    """Publish a version once; a version stands for one content for ever."""
    assert isinstance(command, PublishCalendar)
    if not {Role.SYSTEM, Role.DATA, Role.MANAGEMENT} & set(context.actor.roles):
        raise Refused("not_your_role", command="publish_calendar", roles=f"{Role.DATA}, {Role.MANAGEMENT}")
    calendar = Calendar.from_data(json.loads(command.content))
    if context.stream != f"calendar:{calendar.name}":
        raise Refused("calendar_of_another_name", calendar=calendar.name)
    if life.in_force is not None and life.in_force.digest == calendar.digest:
        raise Refused("calendar_unchanged", calendar=calendar.name)
    if life.published.get(calendar.version, calendar.digest) != calendar.digest:
        raise Refused("calendar_version_used", calendar=calendar.name, version=calendar.version)
    if calendar.version in life.published:
        raise Refused("calendar_superseded", calendar=calendar.name, version=calendar.version)
    return [
        CalendarPublished(name=calendar.name, version=calendar.version, digest=calendar.digest, content=command.content)
    ]


def overdue(life: CalendarLife, now: datetime) -> list[Event]:
    """A calendar has no clocks."""
    return []
