"""A calendar was replaced: the deadlines that it touches are counted anew, in every open case, each once."""

from __future__ import annotations

from dataclasses import dataclass

from domain.actor import WORKFLOW
from domain.calendar_stream import CalendarPublished
from domain.case import Case
from domain.clocks import recounted
from domain.commands import RecomputeDeadlines
from domain.entry import Entry
from ledger.derived import publish_derived
from ledger.recorder import Recorder
from ledger.shelf import STALE_AFTER
from ledger.store import Ledger
from worker.jobs import Job

SETTLED_AFTER = STALE_AFTER + 10.0
"""Until then another process may still use the calendar that was replaced, and append what it counted on it."""


@dataclass(frozen=True)
class Recount:
    """Whether a case has a deadline that comes out differently on the calendar that is in force now."""

    entry: Entry
    recorder: Recorder

    def __call__(self, stream: str, case: Case) -> RecomputeDeadlines | None:
        """The command for this case; None when the calendar changes nothing in it."""
        event = self.entry.event
        assert isinstance(event, CalendarPublished)
        counted_on = (clock.calendar for clock in case.clocks.values() if clock.running and clock.calendar is not None)
        if not any(calendar.name == event.name and calendar.digest != event.digest for calendar in counted_on):
            return None
        papers = self.recorder.papers
        sheet = papers.sheet(case.sheet)
        moves = any(True for _ in recounted(case, sheet, papers, event.name, self.entry.recorded_at))
        return RecomputeDeadlines(calendar=event.name) if moves else None


def recount(entry: Entry, ledger: Ledger, recorder: Recorder) -> Job | None:
    """What a calendar that came into force asks of open cases.

    Nothing when it is the first of its name, on which all of them were counted, or is replaced already by one whose own
    entry comes later. The calendars that stand on it follow it, should whoever published it not have come to them.
    """
    event = entry.event
    assert isinstance(event, CalendarPublished)
    in_force = recorder.load(entry.stream)[1].in_force
    if entry.version == 1 or in_force.digest != event.digest:
        return None
    publish_derived(ledger, recorder, in_force, WORKFLOW)
    return Job(f"recompute_deadlines@{event.digest[:16]}", Recount(entry, recorder), settled_after=SETTLED_AFTER)
