"""Explains a deadline: derives it anew from the entries of a case, and says whether the ledger has the same (T-12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain import events as e
from domain.calendars import Calendar
from domain.case import Case, Clock, Stand
from domain.deadlines import Deadline, counted, walk_of
from domain.entry import Entry
from domain.evolve import base_name, evolve
from domain.explanation import (
    Breach,
    CalendarUsed,
    Explanation,
    Held,
    Move,
    Result,
    RuleUsed,
    Run,
    Step,
    Told,
    YearUsed,
)
from domain.limits import WORKING, Limit
from domain.policy import Sheet
from domain.rules import ClockRule
from domain.words import Complexity, Urgency
from domain.working_time import Line, Pause, worked

FOUND_LATE = timedelta(seconds=5)
"""What is recorded so much later than it was due counts as found late."""

OF_CLOCKS = (
    e.ClockStarted,
    e.DeadlineMoved,
    e.ClockWarned,
    e.ClockBreached,
    e.ClockEscalated,
    e.ClockStopped,
    e.ClockLapsed,
    e.BreachCorrected,
)
"""Events that only say what became of clocks: what came before them is what caused it."""

SheetOf = Callable[[str], Sheet]
"""The sheet with a digest."""
CalendarOf = Callable[[str], Calendar]
"""The calendar with a digest."""


class UnknownClock(KeyError):
    """The case has no such clock."""


def explain(
    entries: Sequence[Entry], clock: str, sheet_of: SheetOf, calendar_of: CalendarOf, now: datetime
) -> Explanation:
    """Why this clock of a case is due when it is, as the entries have it. Raises UnknownClock."""
    life = _life_of(entries, clock)
    found = _derivation(life, clock, sheet_of, calendar_of, now)
    state, last = life.case.clocks[clock], life.last
    held = found.holds(life) if found else ()
    derived = found.deadline.due if found else None
    at_once = derived is not None and life.at_once(derived)
    result, at = _result(life.case, state, now)
    until = found.if_resumed(at) if found and not state.breached and _stood(state, at) else state.due
    return Explanation(
        clock=clock,
        family=state.family,
        binds=state.binds,
        earlier=tuple(life.earlier),
        started=_told(last.started),
        because=_told_or_none(last.because),
        started_at=state.started_at,
        named=_named(entries, clock, last) if state.calendar is None else None,
        limit=state.limit,
        rule=found.rule_used(life.case) if found else None,
        calendar=found.calendar_used(state) if found else None,
        walk=found.walk if found else (),
        holds=held,
        due=state.due,
        derived=derived,
        at_once=at_once,
        agrees=derived == state.due or at_once or state.calendar is None,
        provisional=state.provisional,
        steps=tuple(_step(step, state, last.raised) for step in state.steps),
        breaches=_breaches(last.raised),
        moves=tuple(_move(entry, because) for entry, because in last.moves),
        result=result,
        ended=_told_or_none(last.ended),
        ended_by=_told_or_none(last.ended_by),
        ended_at=state.stopped_at,
        breached=state.breached,
        left=until - at,
        working_left=_working(at, until, found.calendar) if found else None,
        if_resumed=until if result is Result.STANDING else None,
    )


def clocks_of(case: Case) -> tuple[str, ...]:
    """The clocks that can be explained: those that run, the next one first, then those that stand, then the others."""

    def order(name: str) -> tuple[int, datetime]:
        clock = case.clocks[name]
        return (2 if not clock.running or case.over else 1 if clock.standing else 0), clock.due

    return tuple(sorted(case.clocks, key=order))


def next_due(case: Case) -> str:
    """The clock that people ask about first: the next one due, else the one that is late, stands or was the last."""
    names = clocks_of(case)
    ahead = (name for name in names if case.clocks[name].running and not case.clocks[name].breached)
    return next(ahead, names[0] if names and case.clocks[names[0]].running else names[-1] if names else "")


# ── What the entries say ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Last:
    """The newest life of a clock, as its entries tell it."""

    started: Entry
    because: Entry | None
    counted: Case
    """The case as it was when the deadline was counted last."""
    counted_by: Entry
    moves: list[tuple[Entry, Entry | None]] = field(default_factory=list)
    raised: list[Entry] = field(default_factory=list)
    """Warnings, breaches, escalations and corrections."""
    ended: Entry | None = None
    ended_by: Entry | None = None


@dataclass
class _Life:
    """What all entries say about one clock."""

    case: Case
    last: _Last
    earlier: list[Run]

    def at_once(self, derived: datetime) -> bool:
        """Whether the derived instant lay in the past when the deadline was moved, so that it was due then."""
        event = self.last.counted_by.event
        return isinstance(event, e.DeadlineMoved) and derived < event.due == event.at


def _life_of(entries: Iterable[Entry], name: str) -> _Life:
    case = Case()
    cause: Entry | None = None
    last: _Last | None = None
    earlier: list[Run] = []
    for entry in entries:
        event, before = entry.event, case.clocks.get(name)
        case = evolve(case, event)
        if not isinstance(event, OF_CLOCKS):
            cause = entry
            continue
        if event.clock != name:
            continue
        because = cause if cause is not None and cause.command_id == entry.command_id else None
        if isinstance(event, e.ClockStarted):
            if before is not None:
                earlier.append(_run(before))
            last = _Last(entry, because, case, entry)
        elif last is not None:
            _take(last, entry, because, case)
    if last is None:
        raise UnknownClock(name)
    return _Life(case, last, earlier)


def _take(last: _Last, entry: Entry, because: Entry | None, case: Case) -> None:
    match entry.event:
        case e.DeadlineMoved():
            last.moves.append((entry, because))
            last.counted, last.counted_by = case, entry
            last.ended = last.ended_by = None
        case e.ClockStopped() | e.ClockLapsed():
            last.ended, last.ended_by = entry, because
        case _:
            last.raised.append(entry)


def _run(clock: Clock) -> Run:
    return Run(
        started_at=clock.started_at,
        due=clock.due,
        ended_at=clock.stopped_at,
        breached=clock.breached,
        lapsed=clock.lapsed,
    )


def _told(entry: Entry) -> Told:
    return Told(
        version=entry.version,
        event=type(entry.event).__name__,
        by=entry.actor.id,
        happened_at=entry.happened_at,
        recorded_at=entry.recorded_at,
    )


def _told_or_none(entry: Entry | None) -> Told | None:
    return None if entry is None else _told(entry)


def _named(entries: Iterable[Entry], clock: str, last: _Last) -> Told | None:
    """The entry with which a person named the due time: of a measure the proposal, of all others what started it."""
    found = last.because
    if clock.startswith("measure:"):
        for entry in entries:
            if isinstance(entry.event, e.RemedyProposed) and entry.version < last.started.version:
                found = entry
    return _told_or_none(found)


def _late(entry: Entry, instant: datetime) -> timedelta:
    late = entry.recorded_at - instant
    return late if late > FOUND_LATE else timedelta(0)


def _step(step: e.ClockStep, clock: Clock, raised: Sequence[Entry]) -> Step:
    """A step of the clock, and where it is recorded; what a deadline of before had raised is not raised again."""
    found: Entry | None = None
    for entry in raised:
        match entry.event:
            case e.ClockWarned(percent=percent) if step.kind is e.StepKind.WARN and percent == step.level:
                found = entry
            case e.ClockEscalated(level=level) if step.kind is e.StepKind.ESCALATE and level == step.level:
                found = entry
            case e.BreachCorrected() if step.kind is e.StepKind.ESCALATE:
                found = None
    late = timedelta(0) if found is None else _late(found, found.event.instant or step.at)
    return Step(kind=step.kind, level=step.level, to=step.to, at=step.at, raised=_told_or_none(found), late=late)


def _breaches(raised: Sequence[Entry]) -> tuple[Breach, ...]:
    found: list[Breach] = []
    for entry in raised:
        match entry.event:
            case e.ClockBreached(due=due):
                found.append(Breach(due=due, recorded=_told(entry), late=_late(entry, due), corrected=None))
            case e.BreachCorrected() if found:
                found[-1] = replace(found[-1], corrected=_told(entry))
    return tuple(found)


def _move(entry: Entry, because: Entry | None) -> Move:
    event = entry.event
    assert isinstance(event, e.DeadlineMoved)
    return Move(
        cause=event.cause,
        at=event.at,
        before=event.before,
        due=event.due,
        limit=event.limit,
        calendar_version=event.calendar.version if event.calendar else "",
        provisional=event.provisional,
        recorded=_told(entry),
        because=_told_or_none(because),
    )


# ── What the rule says ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Derivation:
    """The deadline as it is counted anew, on the calendar and under the sheet with which it was counted last."""

    rule: ClockRule
    sheet: Sheet
    limit: Limit
    column: str
    calendar: Calendar
    start: datetime
    stands: tuple[Stand, ...]
    """All times in which it stood still."""
    used: tuple[Stand, ...]
    """Those that are over and with which it was counted."""
    deadline: Deadline
    walk: tuple[Line, ...]

    def count(self, stands: Iterable[Stand]) -> datetime:
        return counted(self.rule, self.limit, self.start, self.calendar, stands).due

    def if_resumed(self, at: datetime) -> datetime:
        """When it would be due if it ran again from this instant on."""
        return self.count(replace(stand, until=min(stand.until or at, at)) for stand in self.stands if stand.since < at)

    def holds(self, life: _Life) -> tuple[Held, ...]:
        """Each time in which it stood still, and what it added; what overlaps is counted with the first."""
        found: list[Held] = []
        so_far: list[Stand] = []
        due = self.count(())
        for stand in sorted(self.stands, key=lambda stand: stand.since):
            added: timedelta | None = None
            if stand in self.used:
                so_far.append(stand)
                later = self.count(so_far)
                added, due = later - due, later
            found.append(self._held(stand, added, life.case))
        return tuple(found)

    def _held(self, stand: Stand, added: timedelta | None, case: Case) -> Held:
        pause = case.pauses.get(stand.pause)
        rule = self.sheet.pauses.get(pause.reason) if pause else None
        return Held(
            pause=stand.pause,
            reason=pause.reason if pause else "",
            title=rule.title if rule else {},
            kind=pause.kind if pause else None,
            source=rule.source if rule else "",
            since=stand.since,
            until=stand.until,
            flagged=pause.flagged if pause else False,
            added=added,
        )

    def rule_used(self, case: Case) -> RuleUsed:
        rule = self.rule
        return RuleUsed(
            name=rule.name,
            sheet=self.sheet.name,
            sheet_version=self.sheet.version,
            starts=rule.starts,
            stops=rule.stops,
            limits=rule.limit,
            column=self.column,
            from_next_day=rule.from_next_day,
            roll=rule.roll,
            per=rule.per,
            cumulative=rule.cumulative,
            source=rule.source,
            requirement=rule.requirement,
            effective_from=rule.effective_from,
            effective_to=rule.effective_to,
        )

    def calendar_used(self, clock: Clock) -> CalendarUsed:
        calendar = self.calendar
        matters = self.limit.unit in WORKING or self.rule.roll
        years = sorted({line.day.year for line in self.walk}) if calendar.years and matters else []
        assert clock.calendar is not None
        return CalendarUsed(
            name=calendar.name,
            version=calendar.version,
            digest=clock.calendar.digest,
            title=calendar.title,
            time_zone=calendar.time_zone,
            years=tuple(_year(calendar, year) for year in years),
        )


def _year(calendar: Calendar, year: int) -> YearUsed:
    notice = calendar.years.get(f"{year:04}")
    if notice is None:
        return YearUsed(year=year, announced=False, source="", published="")
    announced = notice.status == "announced"
    return YearUsed(year=year, announced=announced, source=notice.source, published=notice.published)


def _derivation(
    life: _Life, name: str, sheet_of: SheetOf, calendar_of: CalendarOf, now: datetime
) -> _Derivation | None:
    """None: a person named the due time, or the sheet does not have the rule."""
    case, clock = life.last.counted, life.case.clocks[name]
    pinned = case.clocks[name].calendar
    if pinned is None:
        return None
    calendar, sheet = calendar_of(pinned.digest), sheet_of(case.sheet)
    rule = _rule(case, sheet, name, calendar)
    if rule is None:
        return None
    limit = rule.limit_of(case.urgency, case.complexity)
    over = tuple(stand for stand in clock.stands if stand.until is not None)
    deadline = counted(rule, limit, clock.started_at, calendar, over)
    if deadline.due != clock.due:  # what came after it was counted last did not move it
        over = tuple(stand for stand in case.clocks[name].stands if stand.until is not None)
        deadline = counted(rule, limit, clock.started_at, calendar, over)
    return _Derivation(
        rule=rule,
        sheet=sheet,
        limit=limit,
        column=_column(rule, case.urgency, case.complexity),
        calendar=calendar,
        start=clock.started_at,
        stands=clock.stands,
        used=over,
        deadline=deadline,
        walk=_walk(rule, limit, clock, calendar, over),
    )


def _rule(case: Case, sheet: Sheet, name: str, calendar: Calendar) -> ClockRule | None:
    """The rule on this calendar for a case received on that day."""
    assert case.received_at is not None
    received_on = case.received_at.astimezone(calendar.zone).date()
    wanted = base_name(name)
    for rule in sheet.clocks:
        if rule.name == wanted and rule.calendar == calendar.name and rule.is_for(received_on):
            return rule
    return None


def _column(rule: ClockRule, urgency: Urgency, complexity: Complexity) -> str:
    """The name under which the limit stands, as `ClockRule.limit_of` looks for it."""
    if urgency is not Urgency.ORDINARY and urgency in rule.limit:
        return urgency.value
    return complexity.value if complexity in rule.limit else "ordinary"


def _walk(rule: ClockRule, limit: Limit, clock: Clock, calendar: Calendar, over: Iterable[Stand]) -> tuple[Line, ...]:
    """The way to the deadline day by day; of a clock that stands still, as far as it came."""
    if not limit.amount:
        return ()
    still = [stand for stand in clock.stands if stand.until is None] if clock.running else []
    pauses = tuple(Pause(stand.since, stand.until, stand.pause) for stand in (*over, *still))
    return walk_of(rule, limit, clock.started_at, calendar, pauses).lines


# ── How it stands ────────────────────────────────────────────────────────────────────────────────────────────────────


def _result(case: Case, clock: Clock, now: datetime) -> tuple[Result, datetime]:
    """How it stands, and the instant up to which its time is reckoned."""
    if clock.stopped_at is not None:
        if clock.lapsed:
            return Result.LAPSED, clock.stopped_at
        return (Result.LATE if clock.breached else Result.KEPT), clock.stopped_at
    if case.over:
        return Result.OVER, now
    if clock.breached or (now > clock.due and not clock.standing):
        return Result.OVERDUE, now
    return (Result.STANDING if clock.standing else Result.RUNNING), now


def _stood(clock: Clock, at: datetime) -> bool:
    """Whether it stood still at this instant."""
    return any(stand.since <= at and (stand.until is None or at < stand.until) for stand in clock.stands)


def _working(at: datetime, until: datetime, calendar: Calendar) -> timedelta:
    return worked(at, until, calendar) if at <= until else -worked(until, at, calendar)
