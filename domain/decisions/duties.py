"""What follows from an event besides clocks: flagged pauses, counters, reports upward, ping-pong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from domain import events as e
from domain.case import Case
from domain.context import Context
from domain.decisions.conditions import notice
from domain.message import Event
from domain.policy import Sheet
from domain.words import Audience, NoticeKind


def duties(case: Case, event: Event, sheet: Sheet, context: Context, at: datetime) -> Iterator[Event]:
    """What the sheet wants done because of this event; the case has already taken it in."""
    yield from _flagged_pauses(case, event, at)
    yield from _counters(case, event, sheet)
    match event:
        case e.CaseReceived() | e.UrgencySet() | e.ComplexitySet():
            yield from _upward(case, sheet)
        case e.HandOverAccepted() | e.AssignmentAccepted():
            yield from _ping_pong(case, sheet)
        case e.CaseReportedUpward():
            to = f"{event.to}@{case.department}" if case.department else event.to
            yield notice(case, context, NoticeKind.REPORTED_UPWARD, to, Audience.STAFF)


def _flagged_pauses(case: Case, event: Event, at: datetime) -> Iterator[Event]:
    """Time must not stand still because of a customer who has just been heard of (T-09)."""
    heard = at if _of_the_customer(event) else None
    if isinstance(event, e.ClocksPaused) and case.heard_at is not None and case.heard_at >= event.at:
        heard = case.heard_at
    if heard is None:
        return
    for number, pause in case.pauses.items():
        if not pause.flagged and pause.since <= heard and (pause.until is None or heard < pause.until):
            yield e.PauseFlagged(pause=number, at=heard)


def _of_the_customer(event: Event) -> bool:
    """Whether the event says that the customer was heard of."""
    match event:
        case e.EvidenceAdded():
            return event.given_by == "customer"
        case e.CustomerMessageReceived() | e.ProposalAccepted() | e.ProposalRejected():
            return True
        case e.ResultRejected() | e.SatisfactionConfirmed():
            return True
        case _:
            return False


def _counters(case: Case, event: Event, sheet: Sheet) -> Iterator[Event]:
    """Something has happened as often as a rule says: recorded once, when the count is reached (A-03)."""
    for rule in sheet.counters:
        if type(event).__name__ not in rule.counts:
            continue
        count = sum(case.seen[name].times for name in rule.counts if name in case.seen)
        if count == rule.at:
            yield e.CounterReached(counter=rule.name, count=count, source=rule.source)


def _upward(case: Case, sheet: Sheet) -> Iterator[Event]:
    """A complex or urgent case is reported to the roles that the sheet names, each once (H-06)."""
    rules = [sheet.upward[word] for word in (case.urgency.value, case.complexity.value) if word in sheet.upward]
    told = dict.fromkeys((role for rule in rules for role in rule.tell), False)
    asked_to_help = dict.fromkeys((role for rule in rules for role in rule.support), True)
    for to, support in (told | asked_to_help).items():
        if to not in case.reported_to:
            yield e.CaseReportedUpward(to=to, support=support)


def _ping_pong(case: Case, sheet: Sheet) -> Iterator[Event]:
    """A case that comes back to a department which had it before is passed to and fro (H-04).

    Each return is flagged once: a hand-over within the department is none.
    """
    returns = case.held_by.count(case.department) - 1
    if sheet.ping_pong_at and returns >= max(sheet.ping_pong_at, case.flagged_returns.get(case.department, 0) + 1):
        yield e.PingPongFlagged(department=case.department, times=returns, hand_overs=case.hand_overs)
