"""The organisation's papers in memory: what the ledger's shelf is to decisions, without any ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from domain.calendars import Calendar
from domain.policy import Sheet
from domain.refusal import Refused
from policies.calendar_files import load_calendars


@dataclass(frozen=True)
class MemoryShelf:
    """Calendars in force by name, and every sheet that is, or was, in force."""

    calendars: Mapping[str, Calendar] = field(default_factory=load_calendars)
    sheets: tuple[Sheet, ...] = ()
    replaced: tuple[Calendar, ...] = ()
    """Versions of calendars that were in force before."""

    def calendar(self, name: str) -> Calendar:
        """The calendar in force. Raises `Refused`, unknown_calendar."""
        if name not in self.calendars:
            raise Refused("unknown_calendar", calendar=name)
        return self.calendars[name]

    def pinned(self, digest: str) -> Calendar:
        """The version of a calendar that an entry names."""
        return next(calendar for calendar in self.versions if calendar.digest == digest)

    @property
    def versions(self) -> tuple[Calendar, ...]:
        """All versions of calendars, those in force first."""
        return (*self.calendars.values(), *self.replaced)

    def sheet(self, digest: str) -> Sheet:
        """The sheet with this digest."""
        return next(sheet for sheet in self.sheets if sheet.digest == digest)

    def version(self, kind: str, version: str) -> Sheet | None:
        """A version of the policy for a kind of case."""
        return next((sheet for sheet in self.sheets if (sheet.kind, sheet.version) == (kind, version)), None)

    def with_calendar(self, calendar: Calendar) -> MemoryShelf:
        """The shelf after this version of a calendar came into force."""
        before = [self.calendars[calendar.name]] if calendar.name in self.calendars else []
        calendars = {**self.calendars, calendar.name: calendar}
        return replace(self, calendars=calendars, replaced=(*self.replaced, *before))

    def with_sheets(self, sheets: Iterable[Sheet]) -> MemoryShelf:
        """The shelf with these sheets as well."""
        return replace(self, sheets=(*self.sheets, *sheets))
