"""What happened to the time limits of a case between two moments of its life (L-02)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.case import Case, Clock


class Change(StrEnum):
    """What may become of a time limit; several at once."""

    STARTED = "started"
    STARTED_AGAIN = "started_again"
    MOVED = "moved"
    STANDS_STILL = "stands_still"
    RUNS_AGAIN = "runs_again"
    WARNED = "warned"
    BREACHED = "breached"
    CORRECTED = "corrected"
    ESCALATED = "escalated"
    STOPPED = "stopped"
    LAPSED = "lapsed"


@dataclass(frozen=True)
class ClockChange:
    """One time limit that is not as it was."""

    clock: str
    changes: tuple[Change, ...]
    due_before: datetime | None
    """None: it did not run yet."""
    due_after: datetime
    at: datetime | None
    """When it stopped or lapsed, if it did."""


def clock_changes(before: Case, after: Case) -> list[ClockChange]:
    """The time limits that changed, in the order in which they came to be."""
    found = []
    for name, clock in after.clocks.items():
        old = before.clocks.get(name)
        changes = tuple(_changes(old, clock))
        if changes:
            at = clock.stopped_at if {Change.STOPPED, Change.LAPSED} & set(changes) else None
            found.append(ClockChange(name, changes, old.due if old is not None else None, clock.due, at))
    return found


def _changes(old: Clock | None, new: Clock) -> Iterator[Change]:
    """In the order in which they are worth telling."""
    again = old is not None and old.started_at != new.started_at
    if old is None:
        yield Change.STARTED
    elif again:
        yield Change.STARTED_AGAIN
    elif old.due != new.due:
        yield Change.MOVED
    if old is None or again:
        old = Clock(new.started_at, new.due)
    if new.running and old.standing != new.standing:
        yield Change.STANDS_STILL if new.standing else Change.RUNS_AGAIN
    if new.warned > old.warned:
        yield Change.WARNED
    if old.breached != new.breached:
        yield Change.BREACHED if new.breached else Change.CORRECTED
    if new.escalated > old.escalated:
        yield Change.ESCALATED
    if old.running and not new.running:
        yield Change.LAPSED if new.lapsed else Change.STOPPED
