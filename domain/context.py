"""What a decision may know besides the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.actor import Actor
from domain.calendars import Calendar
from domain.policy import Sheet


class Shelf(Protocol):
    """The organisation's papers, as of now: calendars and policy sheets, by name."""

    def calendar(self, name: str) -> Calendar:
        """The calendar in force. Raises `Refused`, unknown_calendar."""

    def sheet(self, digest: str) -> Sheet:
        """The sheet with this digest."""

    def version(self, kind: str, version: str) -> Sheet | None:
        """A version of the policy for a kind of case that is, or was, in force."""


@dataclass(frozen=True)
class Context:
    """What a decision may know besides the history: all of it is written down, so that it can be derived again."""

    stream: str
    now: datetime
    """The database's clock, never before the stream's last entry."""
    actor: Actor
    sheet: Sheet | None
    """The sheet of the stream's first day; for an opening command the sheet in force."""
    shelf: Shelf
    happened_at: datetime | None = None
    """When the reported fact happened, if the person who asks says so; never after ``now``."""
    subject: str = ""
    """The pseudonym of the person whose data the stream is about; empty when nobody's data was named yet."""
    hold: timedelta = timedelta()
    """How long messages that follow from the command wait, so that whoever gave it may undo it before anybody hears."""
