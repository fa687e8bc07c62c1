"""What one entry of the ledger asks of many cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.case import Case
from domain.entry import Entry
from domain.message import Command
from ledger.recorder import Recorder, Submission
from ledger.store import Ledger


@dataclass(frozen=True)
class Job:
    """A command for each case that an entry touches."""

    key: str
    """Names the work for ever, such as ``recompute_deadlines@0f3a…``: with the case's id it is the command's id."""
    command_for: Callable[[str, Case], Command | None]
    """(id, case that is not over) → what is asked of it; None: it is not touched, or the work is done already."""
    settled_after: float = 0.0
    """Seconds after the entry before which cases are not looked at, because what others do may not have heard of it."""
    finish: Callable[[], Sequence[Submission]] = tuple
    """What is recorded when all cases were asked, such as what could not be done."""


Rule = Callable[[Entry, Ledger, Recorder], Job | None]
"""What an entry asks of cases; None: nothing. It may be called again for the same entry."""
