"""All figures of the day in one go: what is counted, how long cases took, and how customers rated it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from domain.calendars import Calendar
from domain.policy_life import in_force
from domain.refusal import Refused
from domain.working_time import worked
from ledger.errors import UnknownSheet
from ledger.figures import Asked, Counted, by_day, closed, count, taken
from ledger.shelf import Papers
from ledger.store import Ledger

COUNTED: Mapping[str, tuple[str, ...]] = {
    "opened": ("day", "kind", "channel"),
    "closed": ("day", "kind", "taken", "round"),
    "open": ("stage", "age"),
    "breached": ("day", "name"),
    "offered": (),
    "accepted": (),
    "refused": (),
    "waiting": ("waits",),
    "answered": ("score",),
    "improving": ("due",),
}
"""Set → the parts by which it is told apart."""
ALWAYS_OPEN = 24 * 60


@dataclass(frozen=True)
class Taken:
    """How long the cases of a kind took from receipt to closing."""

    kind: str
    """Empty: all kinds."""
    cases: int
    median: timedelta
    ninetieth: timedelta
    calendar: str = ""
    """Whose working time it is; empty: round the clock."""


@dataclass(frozen=True)
class Today:
    """What happened in a period, and how things are now."""

    asked: Asked
    counted: tuple[Counted, ...]
    breaches: tuple[tuple[str, int, int], ...]
    """Time limit, day of the period, cases."""
    taken: tuple[Taken, ...]

    def number(self, name: str, part: str = "", value: str = "") -> int:
        """One of the numbers."""
        return next((one.cases for one in self.counted if (one.set, one.part, one.value) == (name, part, value)), 0)

    def parts(self, name: str, part: str) -> dict[str, int]:
        """The numbers of the parts of a set."""
        return {one.value: one.cases for one in self.counted if (one.set, one.part) == (name, part)}

    @property
    def mean_score(self) -> float | None:
        """How customers rated the cases; None when nobody did."""
        scores = self.parts("answered", "score")
        answers = sum(scores.values())
        return sum(int(score) * cases for score, cases in scores.items()) / answers if answers else None


def today(ledger: Ledger, papers: Papers, asked: Asked) -> Today:
    """Ask for all of it."""
    counted = [one for name, parts in COUNTED.items() for one in count(ledger, asked, name, parts)]
    breaches = by_day(ledger, asked, "breached", "name")
    return Today(asked, tuple(counted), tuple(breaches), tuple(_taken(ledger, papers, asked)))


def _taken(ledger: Ledger, papers: Papers, asked: Asked) -> Iterator[Taken]:
    """Round the clock as the database counts it; in working time where limits of that kind are counted in it."""
    rows = taken(ledger, asked)
    for row in rows:
        kind = str(row["kind"] or "")
        if kind or len(rows) > 2:  # of one kind only, all are those
            half, ninetieth = (timedelta(seconds=seconds) for seconds in row["parts"])
            yield Taken(kind, int(row["cases"]), half, ninetieth)
        if kind and (calendar := house_calendar(ledger, papers, kind, asked)) is not None:
            yield _worked(kind, closed(ledger, asked, kind), calendar)


def _worked(kind: str, rows: Sequence[Mapping[str, Any]], calendar: Calendar) -> Taken:
    ordered = sorted(worked(row["received_at"], row["closed_at"], calendar) for row in rows)
    return Taken(kind, len(ordered), _at(ordered, 0.5), _at(ordered, 0.9), calendar.name)


def _at(ordered: Sequence[timedelta], part: float) -> timedelta:
    """The value below which this part of them lies, between neighbours where it falls between them."""
    place = (len(ordered) - 1) * part
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def house_calendar(ledger: Ledger, papers: Papers, kind: str, asked: Asked) -> Calendar | None:
    """The calendar on which most limits of a kind are counted; None when that is round the clock."""
    try:
        sheet = ledger.sheet(in_force(papers.policy(kind), asked.now))
        named = [rule.calendar for rule in sheet.clocks]
        calendars = [papers.calendar(name) for name in sorted(set(named), key=named.count, reverse=True)]
    except (Refused, UnknownSheet):
        return None
    return next((calendar for calendar in calendars if not _always_open(calendar)), None)


def _always_open(calendar: Calendar) -> bool:
    return all(sum(window.closes - window.opens for window in day) == ALWAYS_OPEN for day in calendar.week)
