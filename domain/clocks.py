"""Time limits: which start, which stop, which are due. Pure functions over a case, an event and the sheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain import events as e
from domain.case import Case, Clock
from domain.context import Context
from domain.message import Command, Event, snake
from domain.policy import ClockRule, Sheet


def reported_at(case: Case, command: Command, context: Context) -> datetime:
    """The instant that counts for clocks: as reported within the window that the sheet allows, otherwise now.

    Nothing is done for a case before it was received.
    """
    if context.happened_at is None or context.sheet is None:
        return context.now
    windows = context.sheet.happened_at_window_seconds
    window = timedelta(seconds=windows.get(snake(type(command).__name__), windows.get("*", 0)))
    if context.now - context.happened_at > window:
        return context.now
    return max(context.happened_at, case.received_at) if case.received_at else context.happened_at


def consequences(case: Case, event: Event, sheet: Sheet, at: datetime) -> Iterator[Event]:
    """What the event does to the clocks of the case, which has already taken the event in."""
    yield from _stops(case, event, sheet, at)
    if not case.over:
        yield from _starts(case, event, sheet, at)
    if isinstance(event, e.UrgencySet | e.ComplexitySet):
        yield from _changed_limits(case, sheet)


def overdue(case: Case, now: datetime) -> list[Event]:
    """The warnings and breaches that are due and not yet recorded, oldest first. Exactly on time is in time."""
    if case.over:
        return []
    due: list[tuple[datetime, Event]] = []
    for name, clock in case.clocks.items():
        if not clock.running or clock.breached:
            continue
        if now > clock.due:
            due.append((clock.due, e.ClockBreached(clock=name, due=clock.due)))
        elif clock.warn_at is not None and not clock.warned and now >= clock.warn_at:
            due.append((clock.warn_at, e.ClockWarned(clock=name, due=clock.due)))
    return [event for _, event in sorted(due, key=lambda pair: pair[0])]


def next_check(case: Case) -> datetime | None:
    """When the next warning or breach falls due; a breach falls due just after its instant."""
    instants = [instant for clock in case.clocks.values() if (instant := _next(clock)) is not None]
    return None if case.over or not instants else min(instants)


def _next(clock: Clock) -> datetime | None:
    if not clock.running or clock.breached:
        return None
    if clock.warn_at is not None and not clock.warned:
        return clock.warn_at
    return clock.due + timedelta(milliseconds=1)


def _key(rule: ClockRule, case: Case) -> str:
    return f"{rule.name}#{case.round}" if rule.per == "round" else rule.name


def _is(event: Event, names: tuple[str, ...]) -> bool:
    """Whether the event is one of the names; a stage is named as ``StageEntered:confirm``.

    A case that is imported enters the stage that it comes in.
    """
    stage = f"StageEntered:{event.stage}" if isinstance(event, e.StageEntered | e.CaseImported) else ""
    return type(event).__name__ in names or stage in names


def _started(clock: str, at: datetime, due: datetime, warn_percent: int, binds: str) -> e.ClockStarted:
    warn_at = at + (due - at) * warn_percent / 100 if 0 < warn_percent < 100 and due > at else None
    return e.ClockStarted(clock=clock, started_at=at, due=due, warn_at=warn_at, binds=binds)


def _starts(case: Case, event: Event, sheet: Sheet, at: datetime) -> Iterator[Event]:
    for rule in sheet.clocks:
        key = _key(rule, case)
        running = key in case.clocks and case.clocks[key].running
        if _is(event, rule.starts) and not running:
            due = at + rule.limit(case.urgency, case.complexity)
            yield _started(key, at, due, rule.warn_percent, rule.binds)
    match event:
        case e.QuestionAsked():
            yield _started(f"question:{event.question}", at, event.due, 80, event.to)
        case e.ImprovementOpened():
            yield _started(f"improvement:{event.improvement}", at, event.due, 80, event.owner)
        case e.ProposalAccepted() if case.proposal is not None:
            for number, measure in case.proposal.measures.items():
                if measure.due is not None:
                    yield _started(f"measure:{number}#{case.round}", at, measure.due, 80, measure.owner)


def _stops(case: Case, event: Event, sheet: Sheet, at: datetime) -> Iterator[Event]:
    done = _done_by(case, event, sheet)
    over = _over_with(case, event)
    for name, clock in case.clocks.items():
        if not clock.running or name not in done | over:
            continue
        if name not in done:
            yield e.ClockLapsed(clock=name, at=at)
            continue
        stopped_at = max(at, clock.started_at)
        yield e.ClockStopped(clock=name, at=stopped_at)
        if clock.breached and stopped_at <= clock.due:
            yield e.BreachCorrected(clock=name, at=stopped_at)


def _done_by(case: Case, event: Event, sheet: Sheet) -> set[str]:
    """The clocks whose demand this event meets."""
    names = {_key(rule, case) for rule in sheet.clocks if _is(event, rule.stops)}
    match event:
        case e.QuestionAnswered():
            names.add(f"question:{event.question}")
        case e.MeasureCompleted():
            names.add(f"measure:{event.measure}#{case.round}")
        case e.ImprovementCompleted():
            names.add(f"improvement:{event.improvement}")
    return names


def _over_with(case: Case, event: Event) -> set[str]:
    """The clocks whose demand is void after this event, met or not."""
    match event:
        case e.EntryRetracted(what="question"):
            return {n for n in case.clocks if n.startswith("question:") and n.partition(":")[2] not in case.questions}
        case e.ProposalRejected() | e.ResultRejected():
            return {name for name in case.clocks if name.startswith("measure:")}
        case e.CaseClosed():
            return {name for name in case.clocks if not name.startswith("improvement:")}
        case _:
            return set()


def _changed_limits(case: Case, sheet: Sheet) -> Iterator[Event]:
    """A case that became urgent takes its own limits, counted from where each clock began (C-09)."""
    for rule in sheet.clocks:
        key = _key(rule, case)
        clock = case.clocks.get(key)
        if clock is None or not clock.running or clock.breached:
            continue
        due = clock.started_at + rule.limit(case.urgency, case.complexity)
        if due != clock.due:
            yield _started(key, clock.started_at, due, rule.warn_percent, rule.binds)
