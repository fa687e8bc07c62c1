"""What if: a case is lived again under another sheet. What happened stays as it was; the time limits are the sheet's.

Nothing is written and nothing is guessed: a limit whose end the entries do not tell of is left out, and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain import events as e
from domain.case import Case
from domain.clocks import consequences, counts_from, overdue, rules_of
from domain.context import Shelf
from domain.copying import replace
from domain.entry import Entry
from domain.evolve import base_name, evolve
from domain.message import Event
from domain.policy import Sheet
from domain.rules import ClockRule
from domain.words import Ending, NoticeKind

OF_LIMITS = (
    e.ClockStarted,
    e.DeadlineMoved,
    e.ClockWarned,
    e.ClockBreached,
    e.ClockEscalated,
    e.ClockStopped,
    e.ClockLapsed,
    e.BreachCorrected,
)
"""What follows from a sheet rather than from the world."""

BEGUN = frozenset({"CaseReceived", "CaseImported"})
ENDED = frozenset({"SatisfactionConfirmed", "StageEntered:close", "CaseClosed"})
"""Of a case that ended in another system only its first and its last day are known: these events stand for them."""

Names = Mapping[tuple[str, str], str]
"""Actor and command id → the name of the command."""


@dataclass(frozen=True)
class Went:
    """A time limit of a case, and how it went."""

    limit: str
    """Its name, without round or number: ``proposal``, ``question``."""
    department: str
    """With whom the case was when the limit passed; otherwise when it ended, or is now."""
    late: bool
    warned: bool
    escalated_to: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """A proposal, and how many persons must approve it."""

    department: str
    approvals: int


@dataclass(frozen=True)
class Lived:
    """How a case went, as far as a sheet has a say in it."""

    limits: tuple[Went, ...]
    proposals: tuple[Asked, ...]
    not_told: tuple[str, ...] = ()
    """Limits of the sheet of which the log of another system does not tell when they were met."""

    @property
    def late(self) -> bool:
        """Whether any of its limits passed."""
        return any(went.late for went in self.limits)


def relive(entries: Iterable[Entry], sheet: Sheet, shelf: Shelf, until: datetime, names: Names | None = None) -> Lived:
    """The case as it would have gone under the sheet, up to its end or ``until``.

    ``names`` of the commands tell how far back their reported times count; a command without one is any other.
    """
    life = _Life(sheet, shelf, names or {})
    for entry in entries:
        if entry.recorded_at > until:
            break
        if not _of_limits(entry.event):
            life.live(entry)
    return life.told(until)


def recall(entries: Iterable[Entry], until: datetime) -> Lived:
    """The case as the ledger has it: under the sheet that it was promised, or as another system left it."""
    past = _Past()
    for entry in entries:
        if entry.recorded_at > until:
            break
        past.take(entry.event)
    return past.told(until)


def _of_limits(event: Event) -> bool:
    """Whether an entry is only there because of the sheet of its day."""
    notice = isinstance(event, e.NoticeRequested) and event.kind is NoticeKind.ESCALATION
    return notice or isinstance(event, OF_LIMITS)


class _Past:
    """A case that is folded event by event, and what becomes of its limits on the way."""

    def __init__(self) -> None:
        self.case = Case()
        self.not_told: tuple[str, ...] = ()
        self._over: list[Went] = []
        """Limits whose clock has since been started anew under the same name."""
        self._with: dict[str, str] = {}
        """Clock → the department with which the case was when it passed, or ended."""
        self._to: dict[str, tuple[str, ...]] = {}
        self._proposals: list[Asked] = []

    def take(self, event: Event) -> None:
        """Fold one event."""
        match event:
            case e.ClockStarted() if event.clock in self.case.clocks:
                self._over.append(self._went(event.clock))
                self._with.pop(event.clock, None)
                self._to.pop(event.clock, None)
            case e.DeadlineMoved(cause="restarted"):
                self._passes(event.clock, again=True)
            case e.ClockBreached():
                self._with[event.clock] = self.case.department
            case e.ClockStopped() | e.ClockLapsed():
                self._with.setdefault(event.clock, self.case.department)
            case e.ClockEscalated():
                self._to[event.clock] = (*self._to.get(event.clock, ()), event.to)
            case e.BreachCorrected():
                self._passes(event.clock, again=not self._stopped(event.clock))
                self._to.pop(event.clock, None)
            case e.RemedyProposed():
                self._proposals.append(Asked(self.case.department, event.approvals))
        self.case = evolve(self.case, event)

    def raise_due(self, now: datetime) -> None:
        """The warnings, breaches and escalations that fall due until then; their notices are nobody's."""
        for event in overdue(self.case, now):
            if not isinstance(event, e.NoticeRequested):
                self.take(event)

    def told(self, until: datetime) -> Lived:
        """How it went until then."""
        self.raise_due(until)
        limits = (*self._over, *map(self._went, self.case.clocks))
        return Lived(limits, tuple(self._proposals), self.not_told)

    def _went(self, name: str) -> Went:
        clock = self.case.clocks[name]
        return Went(
            limit=base_name(name).partition(":")[0],
            department=self._with.get(name, self.case.department),
            late=clock.breached,
            warned=clock.warned > 0,
            escalated_to=self._to.get(name, ()) if clock.escalated else (),
        )

    def _stopped(self, name: str) -> bool:
        return name in self.case.clocks and not self.case.clocks[name].running

    def _passes(self, name: str, *, again: bool) -> None:
        """It has not passed, after all: it runs on, or was met with whoever has the case now."""
        if again:
            self._with.pop(name, None)
        else:
            self._with[name] = self.case.department


class _Life(_Past):
    """The same under a sheet: what its events do to limits follows from this sheet."""

    def __init__(self, sheet: Sheet, shelf: Shelf, names: Names) -> None:
        super().__init__()
        self._sheet = sheet
        self._shelf = shelf
        self._names = names
        self._command = ("", "")

    def live(self, entry: Entry) -> None:
        """Live through an entry of the case; as in its day, what is due is raised before each command."""
        command = (entry.actor.id, entry.command_id)
        if command != self._command:
            self.raise_due(entry.recorded_at)
            self._command = command
        # What is retracted is named by its version, which the limits of this sheet must not shift.
        self.case = replace(self.case, version=entry.version - 1)
        event = self._under_the_sheet(entry.event)
        if isinstance(event, e.CaseImported) and event.closed_at is not None:
            self._live_elsewhere(event, event.closed_at)
            return
        self.take(event)
        self._follow(event, self._sheet, self._counts_from(entry))

    def _follow(self, event: Event, sheet: Sheet, at: datetime) -> None:
        for effect in list(consequences(self.case, event, sheet, self._shelf, at)):
            self.take(effect)

    def _under_the_sheet(self, event: Event) -> Event:
        """What a person did, as it would stand there under this sheet."""
        match event:
            case e.ClocksPaused():
                rule = self._sheet.pauses.get(event.reason)
                return replace(event, clocks=rule.clocks if rule else (), kind=rule.kind if rule else event.kind)
            case e.RemedyProposed():
                approval = self._sheet.approval
                return replace(event, approvals=approval.needed(event.amount, event.currency) if approval else 0)
            case _:
                return event

    def _counts_from(self, entry: Entry) -> datetime:
        """The instant that counts for limits, as `domain.clocks.reported_at` has it."""
        if entry.happened_at >= entry.recorded_at or entry.event.instant is not None:
            return entry.recorded_at
        name = self._names.get((entry.actor.id, entry.command_id), "*")
        return counts_from(self.case, name, entry.happened_at, entry.recorded_at, self._sheet)

    # ── A case that ended in another system ──────────────────────────────────────────────────────────────────────────

    def _live_elsewhere(self, event: e.CaseImported, closed_at: datetime) -> None:
        """Its limits run from receipt to closing; of all others its log does not tell."""
        received = replace(event, closed_at=None, ending=None, stage=event.path[0])
        rules = list(rules_of(evolve(Case(), received), self._sheet, self._shelf))
        told = [rule for rule in rules if BEGUN & set(rule.starts) and ENDED & set(rule.stops)]
        known = replace(self._sheet, clocks=tuple(map(_first_to_last_day, told)))
        self.not_told = tuple(rule.name for rule in rules if rule not in told)
        self.take(received)
        self._follow(received, known, event.received_at)
        self.raise_due(closed_at)
        closed = e.CaseClosed(ending=event.ending or Ending.RESOLVED, reason="", at=closed_at)
        self.take(closed)
        self._follow(closed, known, closed_at)
        self.case = replace(evolve(Case(), event), clocks=self.case.clocks)


def _first_to_last_day(rule: ClockRule) -> ClockRule:
    return replace(rule, starts=("CaseImported",), stops=("CaseClosed",), per="case")
