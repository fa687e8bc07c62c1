"""Who had a case, from when until when: the time that it lay with each person and department (H-03, H-04)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain import events as e
from domain.calendars import Calendar
from domain.entry import Entry
from domain.working_time import worked


class Came(StrEnum):
    """How somebody came to have a case."""

    RECEIVED = "received"
    IMPORTED = "imported"
    ASSIGNED = "assigned"
    HANDED_OVER = "handed_over"
    SUBSTITUTE = "substitute"
    BACK = "back"
    REOPENED = "reopened"


@dataclass(frozen=True)
class Custody:
    """A time in which one person had the case. The giver has it until the other one accepts (H-03)."""

    person: str
    department: str
    since: datetime
    until: datetime
    reason: Came
    open: bool = False
    """They still have it at the end of what was looked at."""

    @property
    def elapsed(self) -> timedelta:
        """How long, round the clock."""
        return self.until - self.since

    def working(self, calendar: Calendar) -> timedelta:
        """How long, as far as the calendar was open."""
        return worked(self.since, self.until, calendar)

    def within(self, since: datetime | None, until: datetime | None) -> Custody | None:
        """The part of it that lies in a time; None when none does."""
        start = self.since if since is None else max(self.since, since)
        end = self.until if until is None else min(self.until, until)
        return replace(self, since=start, until=end) if start < end else None


@dataclass(frozen=True)
class Hands:
    """The hands that a case went through."""

    custody: tuple[Custody, ...] = ()
    hand_overs: int = 0
    """Hand-overs that were accepted; moves to a substitute and back are none."""
    ping_pongs: int = 0
    """How often it was flagged that the case came back to a department that had had it."""
    answers_to_customer: str = ""
    """The agent who registered it: they answer to the customer to the end, whoever has the case."""


def custody(entries: Iterable[Entry], until: datetime) -> tuple[Custody, ...]:
    """Who had the case, in order, up to ``until``; nobody has it while it is closed."""
    return hands(entries, until).custody


def hands(entries: Iterable[Entry], until: datetime) -> Hands:
    """What the entries of a case say about the hands that it went through."""
    found = Hands()
    for entry in entries:
        found = _after(found, entry)
    return replace(found, custody=tuple(_up_to(until, one) for one in found.custody))


def _up_to(until: datetime, one: Custody) -> Custody:
    return replace(one, until=max(until, one.since)) if one.open else one


def _after(found: Hands, entry: Entry) -> Hands:
    event, at = entry.event, entry.happened_at
    match event:
        case e.CaseReceived():
            department = entry.actor.department or event.department
            found = replace(found, answers_to_customer=event.registered_by)
            return _given(found, event.registered_by, department, event.at, Came.RECEIVED)
        case e.CaseImported():
            found = _given(found, event.responsible, event.department, event.received_at, Came.IMPORTED)
            return _let_go(found, event.closed_at) if event.closed_at is not None else found
        case e.AssignmentAccepted():
            return _given(found, event.by, event.department, at, Came.ASSIGNED)
        case e.HandOverAccepted():
            found = replace(found, hand_overs=found.hand_overs + 1)
            return _given(found, event.by, event.department, at, Came.HANDED_OVER)
        case e.MovedToSubstitute():
            return _given(found, event.to, event.department, at, Came.SUBSTITUTE)
        case e.MovedBack():
            return _given(found, event.to, event.department, at, Came.BACK)
        case e.PingPongFlagged():
            return replace(found, ping_pongs=found.ping_pongs + 1)
        case e.CaseClosed():
            return _let_go(found, event.at)
        case e.CaseReopened() if found.custody:
            last = found.custody[-1]
            return _given(found, last.person, last.department, event.at, Came.REOPENED)
        case _:
            return found


def _given(found: Hands, person: str, department: str, at: datetime, reason: Came) -> Hands:
    """The case is with somebody else from now on, but never before it came to those who had it until now."""
    last = found.custody[-1:]
    since = max(at, last[0].since) if last else at
    if last and last[0].open and (last[0].person, last[0].department) == (person, department):
        return found
    found = _let_go(found, since)
    if last and not last[0].open:
        since = max(since, last[0].until)
    return replace(found, custody=(*found.custody, Custody(person, department, since, since, reason, open=True)))


def _let_go(found: Hands, at: datetime) -> Hands:
    """Nobody has it from now on."""
    if not found.custody or not found.custody[-1].open:
        return found
    *before, last = found.custody
    return replace(found, custody=(*before, replace(last, until=max(at, last.since), open=False)))


# ── Totals ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Held:
    """How long somebody had cases."""

    cases: int = 0
    times: int = 0
    """How often one came to them."""
    elapsed: timedelta = timedelta(0)
    working: timedelta = timedelta(0)


Owner = tuple[str, str]
"""Department and person."""


def by_owner(custodies: Sequence[Custody], calendar: Calendar) -> dict[Owner, Held]:
    """The time of one case by who had it."""
    found: dict[Owner, Held] = {}
    for one in custodies:
        before = found.get((one.department, one.person), Held(cases=1))
        found[one.department, one.person] = replace(
            before,
            times=before.times + 1,
            elapsed=before.elapsed + one.elapsed,
            working=before.working + one.working(calendar),
        )
    return found


def added(one: Held, other: Held) -> Held:
    """Two sums together, of different cases."""
    return Held(
        one.cases + other.cases, one.times + other.times, one.elapsed + other.elapsed, one.working + other.working
    )
