"""Lives past cases again under a draft sheet, portion by portion; reads the ledger and writes nothing (P-04)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from console.house import House
from domain.comparison import Comparison
from domain.entry import Entry
from domain.events import CaseImported, CaseReceived
from domain.policy import Sheet
from domain.whatif import recall, relive
from ledger.histories import command_names, histories, how_many


@dataclass(frozen=True)
class Period:
    """Cases are asked for by their day of receipt."""

    since: datetime | None
    until: datetime | None

    def holds(self, received_at: datetime) -> bool:
        """Whether a case that was received then is asked for."""
        return (self.since is None or self.since <= received_at) and (self.until is None or received_at <= self.until)


def compare(
    house: House, drafts: Mapping[str, Sheet], period: Period, now: datetime, told: Callable[[int, int], None]
) -> dict[str, Comparison]:
    """For each kind of case what its draft would have changed; ``told`` hears how many cases were looked at.

    Raises Refused when a draft counts on a calendar that is not in force.
    """
    papers = house.recorder.papers
    for draft in drafts.values():
        for name in sorted(draft.calendars):
            papers.calendar(name)
    found = {
        kind: Comparison(order=tuple(dict.fromkeys(rule.name for rule in draft.clocks)))
        for kind, draft in drafts.items()
    }
    total, done = how_many(house.ledger, "case"), 0
    for portion in histories(house.ledger, "case"):
        asked = [(case, kind, entries) for case, entries in portion if (kind := _kind_of(entries, period)) in drafts]
        names = command_names(house.ledger, _reported_late(entries for _, _, entries in asked))
        for case, kind, entries in asked:
            lived = relive(entries, drafts[kind], papers, now, names)
            found[kind].add(case, recall(entries, now), lived)
        done += len(portion)
        told(done, max(total, done))
    return found


def _kind_of(entries: list[Entry], period: Period) -> str:
    """The kind of a case that was received in the period; empty for every other one."""
    match entries[0].event:
        case CaseReceived() as first if period.holds(first.at):
            return first.kind
        case CaseImported() as first if period.holds(first.received_at):
            return first.kind
        case _:
            return ""


def _reported_late(histories: Iterator[list[Entry]]) -> Iterator[Entry]:
    """Entries whose command says how far back they count."""
    for entries in histories:
        for entry in entries:
            if entry.happened_at < entry.recorded_at and entry.event.instant is None:
                yield entry
