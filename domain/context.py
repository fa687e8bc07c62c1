"""What a decision may know besides the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.actor import Actor
from domain.policy import Sheet


@dataclass(frozen=True)
class Context:
    """What a decision may know besides the history: all of it is written down, so that it can be derived again."""

    stream: str
    now: datetime
    """The database's clock, never before the stream's last entry."""
    actor: Actor
    sheet: Sheet | None
    """The sheet of the stream's first day; for an opening command the sheet in force."""
    happened_at: datetime | None = None
    """When the reported fact happened, if the person who asks says so; never after ``now``."""
