"""Time limits: which start, stop and move, which are due. Pure functions over a case, an event, sheet and calendars.

What a deadline is, is counted in `domain.deadlines`; here is when it is counted, and what becomes of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain import events as e
from domain.case import Case, Clock, Stand
from domain.context import Context, Shelf
from domain.deadlines import Deadline, counted, due_at_once, named
from domain.evolve import base_name, evolve
from domain.limits import Limit
from domain.message import Command, Event, snake
from domain.policy import Sheet
from domain.rules import ClockRule, Family
from domain.words import Audience, NoticeKind

JUST_AFTER = timedelta(microseconds=1)
"""Exactly on time is in time: a limit passes just after its instant."""
MILLISECOND = 1000
"""In microseconds: finer than that no timer is."""


def reported_at(case: Case, command: Command, context: Context) -> datetime:
    """The instant that counts for clocks: as reported within the window that the sheet allows, otherwise now.

    Nothing is done for a case before it was received.
    """
    if context.happened_at is None or context.sheet is None:
        return context.now
    return counts_from(case, snake(type(command).__name__), context.happened_at, context.now, context.sheet)


def counts_from(case: Case, command: str, happened_at: datetime, now: datetime, sheet: Sheet) -> datetime:
    """The same, for a command by its name; ``*`` where it is not known."""
    windows = sheet.happened_at_window_seconds
    if now - happened_at > timedelta(seconds=windows.get(command, windows.get("*", 0))):
        return now
    return max(happened_at, case.received_at) if case.received_at else happened_at


# ── What is due ──────────────────────────────────────────────────────────────────────────────────────────────────────


def overdue(case: Case, now: datetime) -> list[Event]:
    """The warnings, breaches and escalations that are due and not yet recorded, oldest first (T-10, T-11).

    Exactly on time is in time. An escalation brings its notice with it.
    """
    if case.over:
        return []
    due = [found for name, clock in case.clocks.items() for found in _due(name, clock) if found[0] <= now]
    events: list[Event] = []
    notices = case.counts.get("N", 0)
    for _, event in sorted(due, key=lambda found: found[0]):
        events.append(event)
        if isinstance(event, e.ClockEscalated):
            notices += 1
            events.append(_escalation_notice(case, event, f"N{notices}", now))
    return events


def next_check(case: Case) -> datetime | None:
    """When the next warning, breach or escalation falls due; a timer that is set to it is not too early."""
    if case.over:
        return None
    instants = [at for name, clock in case.clocks.items() for at, _ in _due(name, clock)]
    if not instants:
        return None
    at = min(instants)
    return at + timedelta(microseconds=-at.microsecond % MILLISECOND)


def _due(name: str, clock: Clock) -> Iterator[tuple[datetime, Event]]:
    """What a clock still has to say, each from the instant on at which it is to be said."""
    if not clock.running or clock.standing:
        return
    for step in clock.steps:
        if step.kind is e.StepKind.WARN and not clock.breached and step.level > clock.warned:
            yield step.at, e.ClockWarned(clock=name, due=clock.due, percent=step.level, at=step.at)
    if not clock.breached:
        yield clock.due + JUST_AFTER, e.ClockBreached(clock=name, due=clock.due)
    for step in clock.steps:
        if step.kind is e.StepKind.ESCALATE and step.level > clock.escalated:
            escalated = e.ClockEscalated(clock=name, due=clock.due, level=step.level, to=step.to, at=step.at)
            yield step.at + JUST_AFTER, escalated


def _escalation_notice(case: Case, event: e.ClockEscalated, number: str, now: datetime) -> e.NoticeRequested:
    return e.NoticeRequested(
        notice=number,
        kind=NoticeKind.ESCALATION,
        audience=Audience.STAFF,
        to=f"{event.to}@{case.department}" if case.department else event.to,
        language=case.language,
        round=case.round,
        not_before=now,
    )


# ── What an event does to clocks ─────────────────────────────────────────────────────────────────────────────────────


def consequences(case: Case, event: Event, sheet: Sheet, shelf: Shelf, at: datetime) -> Iterator[Event]:
    """What the event does to the clocks of the case, which has already taken the event in."""
    for stopped in list(_stops(case, event, sheet, at)):
        case = evolve(case, stopped)  # what one event ends it may begin anew
        yield stopped
    if case.over:
        return
    yield from _starts(case, event, sheet, shelf, at)
    match event:
        case e.UrgencySet() | e.ComplexitySet():
            yield from _counted_anew(case, sheet, shelf, at, "urgency")
        case e.ClocksPaused():
            yield from _not_breached_yet(case, event)
        case e.ClocksResumed():
            yield from _counted_anew(case, sheet, shelf, at, "resumed", since=case.pauses[event.pause].since)
        case e.NoticeCancelled() if event.notice in case.notices:
            yield from _not_told(case, case.notices[event.notice].stopped, sheet, shelf, at)
        case e.CaseMovedToPolicy() if sheet.digest == event.sheet.digest:
            yield from _moved_to_policy(case, sheet, shelf, at)


def recounted(case: Case, sheet: Sheet, shelf: Shelf, calendar: str, at: datetime) -> Iterator[Event]:
    """What a calendar that has changed does to the clocks that count on it (T-07)."""
    digest = shelf.calendar(calendar).digest
    for name, clock in case.clocks.items():
        on_another = clock.calendar is not None and clock.calendar.name == calendar and clock.calendar.digest != digest
        if clock.running and on_another:
            yield from _moved(case, name, clock, sheet, shelf, at, "calendar")


def rule_of(case: Case, sheet: Sheet, shelf: Shelf, name: str) -> ClockRule | None:
    """The rule of a clock of the case, by its name there (``proposal#2``); None for a due time that a person named."""
    wanted = base_name(name)
    return next((rule for rule in rules_of(case, sheet, shelf) if rule.name == wanted), None)


def rules_of(case: Case, sheet: Sheet, shelf: Shelf) -> Iterator[ClockRule]:
    """The rules that are for a case received on the day on which this one was."""
    for rule in sheet.clocks:
        if not (rule.effective_from or rule.effective_to) or rule.is_for(_received_on(case, rule, shelf)):
            yield rule


def _received_on(case: Case, rule: ClockRule, shelf: Shelf) -> date:
    assert case.received_at is not None
    return case.received_at.astimezone(ZoneInfo(shelf.calendar(rule.calendar).time_zone)).date()


def _key(rule: ClockRule, case: Case) -> str:
    return f"{rule.name}#{case.round}" if rule.per == "round" else rule.name


def _is(event: Event, names: tuple[str, ...]) -> bool:
    """Whether the event is one of the names; with more said: ``StageEntered:confirm``, ``CaseClosed:resolved``.

    A case that is imported enters the stage that it comes in.
    """
    match event:
        case e.StageEntered() | e.CaseImported():
            more = f"StageEntered:{event.stage}"
        case e.CaseClosed():
            more = f"CaseClosed:{event.ending}"
        case _:
            more = ""
    return type(event).__name__ in names or more in names


def _started(name: str, at: datetime, deadline: Deadline, rule: ClockRule | None, binds: str) -> e.ClockStarted:
    return e.ClockStarted(
        clock=name,
        started_at=at,
        due=deadline.due,
        steps=deadline.steps,
        limit=deadline.limit,
        calendar=deadline.calendar,
        provisional=deadline.provisional,
        family=rule.family if rule else Family.HOUSE,
        binds=binds,
    )


def _starts(case: Case, event: Event, sheet: Sheet, shelf: Shelf, at: datetime) -> Iterator[Event]:
    for rule in rules_of(case, sheet, shelf):
        if _is(event, rule.starts):
            yield from _start(case, rule, shelf, at)
    match event:
        case e.QuestionAsked():
            yield _started(f"question:{event.question}", at, named(at, event.due), None, event.to)
        case e.ImprovementOpened():
            yield _started(f"improvement:{event.improvement}", at, named(at, event.due), None, event.owner)
        case e.ProposalAccepted() if case.proposal is not None:
            for number, measure in case.proposal.measures.items():
                if measure.due is not None:
                    name = f"measure:{number}#{case.round}"
                    yield _started(name, at, named(at, measure.due), None, measure.owner)


def _start(case: Case, rule: ClockRule, shelf: Shelf, at: datetime) -> Iterator[Event]:
    name = _key(rule, case)
    clock = case.clocks.get(name)
    if clock is not None and clock.running:
        return
    calendar = shelf.calendar(rule.calendar)
    limit = rule.limit_of(case.urgency, case.complexity)
    if clock is None or not rule.cumulative or clock.stopped_at is None:
        yield _started(name, at, counted(rule, limit, at, calendar), rule, rule.binds)
        return
    stands = (*clock.stands, Stand("", clock.stopped_at, max(at, clock.stopped_at)))
    yield _move(name, clock, counted(rule, limit, clock.started_at, calendar, stands), at, "restarted")


def _not_told(case: Case, names: tuple[str, ...], sheet: Sheet, shelf: Shelf, at: datetime) -> Iterator[Event]:
    """What was to be told was never sent: time limits that had stopped because of it go on where they stood."""
    for name in names:
        clock, rule = case.clocks[name], rule_of(case, sheet, shelf, name)
        if clock.running or clock.stopped_at is None or rule is None or case.closed:
            continue
        stands = (*clock.stands, Stand("", clock.stopped_at, max(at, clock.stopped_at)))
        limit = rule.limit_of(case.urgency, case.complexity)
        deadline = counted(rule, limit, clock.started_at, shelf.calendar(rule.calendar), stands)
        yield _move(name, clock, deadline, at, "restarted")


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


# ── Deadlines that move ──────────────────────────────────────────────────────────────────────────────────────────────


def _counted_anew(
    case: Case, sheet: Sheet, shelf: Shelf, at: datetime, cause: str, since: datetime | None = None
) -> Iterator[Event]:
    """Running clocks with the limits and stands of now (C-09, T-09); ``since``: those that stood still since then."""
    for name, clock in case.clocks.items():
        held = since is None or any(stand.since >= since for stand in clock.stands)
        if clock.running and not clock.breached and held:
            yield from _moved(case, name, clock, sheet, shelf, at, cause)


def _moved(
    case: Case, name: str, clock: Clock, sheet: Sheet, shelf: Shelf, at: datetime, cause: str
) -> Iterator[Event]:
    """Count one clock anew. Nothing was late before its deadline was moved: what would lie in the past is due now.

    A breach stands, unless the deadline turns out to lie ahead. While a clock stands still, nothing is due.
    """
    rule = rule_of(case, sheet, shelf, name)
    if rule is None or clock.calendar is None:
        return
    own = cause in ("resumed", "calendar")  # the limit is the one that it had: only time or days changed
    limit = Limit.parse(clock.limit) if own else rule.limit_of(case.urgency, case.complexity)
    calendar = shelf.calendar(rule.calendar)
    deadline = counted(rule, limit, clock.started_at, calendar, clock.stands)
    if not deadline.differs_from(clock) or (clock.breached and deadline.due < at):
        return
    if deadline.due < at and not clock.standing:
        deadline = due_at_once(rule, deadline, at, calendar)
    yield _move(name, clock, deadline, at, cause)
    if clock.breached:
        yield e.BreachCorrected(clock=name, at=at)


def _move(name: str, clock: Clock, deadline: Deadline, at: datetime, cause: str) -> e.DeadlineMoved:
    return e.DeadlineMoved(
        clock=name,
        cause=cause,
        at=at,
        before=clock.due,
        due=deadline.due,
        steps=deadline.steps,
        limit=deadline.limit,
        calendar=deadline.calendar,
        provisional=deadline.provisional,
    )


def _not_breached_yet(case: Case, paused: e.ClocksPaused) -> Iterator[Event]:
    """A pause that is reported late began before a limit passed: it had not passed."""
    for name, clock in case.clocks.items():
        if clock.running and clock.breached and base_name(name) in paused.clocks and paused.at <= clock.due:
            yield e.BreachCorrected(clock=name, at=paused.at)


def _moved_to_policy(case: Case, sheet: Sheet, shelf: Shelf, at: datetime) -> Iterator[Event]:
    """Under another version: limits are counted anew, those it does not have lapse, those it adds run from receipt."""
    rules = {_key(rule, case): rule for rule in rules_of(case, sheet, shelf)}
    for name, clock in case.clocks.items():
        if not clock.running or clock.calendar is None:
            continue
        if name not in rules and rule_of(case, sheet, shelf, name) is None:
            yield e.ClockLapsed(clock=name, at=at)
        elif not clock.breached:
            yield from _moved(case, name, clock, sheet, shelf, at, "policy")
    assert case.received_at is not None
    for name, rule in rules.items():
        if name not in case.clocks and "CaseReceived" in rule.starts and not set(rule.stops) & case.seen.keys():
            yield from _start(case, rule, shelf, case.received_at)
