"""What exports are made of: cases with the events that happened to them, read from the ledger case by case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.case import Case
from domain.entry import Entry
from domain.events import ActivityImported, CaseImported, CaseReceived
from domain.evolve import replay
from domain.message import Event
from ledger.errors import UnknownStream
from ledger.histories import histories
from ledger.store import Ledger

Shown = Callable[[Event], Mapping[str, Any]]
"""The fields of an event as they may leave the house."""

FACTS = ("kind", "stage", "round", "urgency", "complexity", "category", "subcategory", "department", "responsible")
"""What is told of a case as it is now, besides its dates."""


class Withheld(str):
    """A word in the place of personal data that is left out; formats that need no word leave it out altogether."""

    __slots__ = ()


@dataclass(frozen=True)
class Selection:
    """Which cases are exported, as they are now; what is empty asks for nothing."""

    cases: tuple[str, ...] = ()
    kind: str = ""
    stage: str = ""
    urgency: str = ""
    department: str = ""
    responsible: str = ""
    ending: str = ""
    over: bool | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    """Received before this instant."""
    steps: bool = False
    """Only cases taken over from another system's log, and of their events only the steps of that log."""

    def wants(self, case: Case, first: Event) -> bool:
        """Whether this case is one of them."""
        asked = {name: getattr(self, name) for name in ("kind", "stage", "urgency", "department", "responsible")}
        if any(value and str(getattr(case, name)) != value for name, value in asked.items()):
            return False
        if self.ending and str(case.ending or "") != self.ending:
            return False
        if self.over is not None and case.over is not self.over:
            return False
        if self.received_from is not None and (case.received_at is None or case.received_at < self.received_from):
            return False
        if self.received_to is not None and (case.received_at is None or case.received_at >= self.received_to):
            return False
        return not self.steps or isinstance(first, CaseImported)

    @property
    def words(self) -> str:
        """How the cases were chosen, in the words of the command line."""
        named = {
            "case": ",".join(self.cases),
            "kind": self.kind,
            "stage": self.stage,
            "urgency": self.urgency,
            "department": self.department,
            "responsible": self.responsible,
            "ending": self.ending,
            "received-from": self.received_from.isoformat() if self.received_from else "",
            "received-to": self.received_to.isoformat() if self.received_to else "",
        }
        told = [f"--{name} {value}" for name, value in named.items() if value]
        flags = ["--steps"] * self.steps + ([] if self.over is None else ["--over" if self.over else "--open"])
        return " ".join([*told, *flags])


@dataclass(frozen=True)
class InSight(Selection):
    """The same among the cases that somebody sees."""

    sees: Callable[[Case], bool] = lambda case: True

    def wants(self, case: Case, first: Event) -> bool:
        """Whether this case is one of them."""
        return super().wants(case, first) and self.sees(case)


def about_of(ledger: Ledger, chosen: Selection, personal: str) -> dict[str, Any]:
    """What an export says of itself."""
    return {
        "concept:name": "casefold",
        "ledger_epoch": ledger.epoch(),
        "ledger_newest_entry": ledger.newest(),
        "personal_data": personal,
        "chosen": chosen.words,
    }


@dataclass(frozen=True)
class Line:
    """One event of a case."""

    id: str
    """Its case and version: ``C-2026-000123/7``."""
    name: str
    """What happened, by its name in the glossary; of another system's step, what that system calls it."""
    happened_at: datetime
    resource: str
    role: str
    group: str
    data: Mapping[str, Any]
    entry: Entry
    step: bool = False
    """Whether it is told as another system's log had it."""


@dataclass(frozen=True)
class Told:
    """A case and its events, in the order in which they happened."""

    case: str
    facts: Mapping[str, Any]
    lines: Sequence[Line]
    first: Event
    """Its receipt or import."""


def tell(
    ledger: Ledger, chosen: Selection, shown: Shown, looked_at: Callable[[int], None] = lambda number: None
) -> Iterator[Told]:
    """The cases chosen, as of the moment when this begins, however long it takes; ``looked_at`` counts on."""
    newest, number = ledger.newest(), 0
    for stream, history in _histories(ledger, chosen.cases):
        number += 1
        looked_at(number)
        entries = [entry for entry in history if entry.position <= newest]
        if not entries:
            continue
        case, first = replay(entries), entries[0].event
        if chosen.wants(case, first):
            lines = _steps(entries) if chosen.steps else (_line(entry, shown) for entry in entries)
            in_time = sorted(lines, key=lambda line: (line.happened_at, line.entry.version))
            if in_time or not chosen.steps:
                yield Told(stream, _facts(case, first), in_time, first)


def _histories(ledger: Ledger, cases: Sequence[str]) -> Iterator[tuple[str, list[Entry]]]:
    """Of all cases, some hundreds at a time, or of those that are named. Raises UnknownStream for one of them."""
    if not cases:
        for portion in histories(ledger, "case"):
            yield from portion
    for case in cases:
        kind = ledger.registry.of_stream(case)
        if kind is None or kind.name != "case":
            raise UnknownStream(case)
        yield case, ledger.history(case)


def _line(entry: Entry, shown: Shown) -> Line:
    actor = entry.actor
    return Line(
        id=f"{entry.stream}/{entry.version}",
        name=type(entry.event).__name__,
        happened_at=entry.happened_at,
        resource=actor.id,
        role=",".join(actor.roles),
        group=actor.department,
        data=shown(entry.event),
        entry=entry,
    )


def _steps(entries: Sequence[Entry]) -> Iterator[Line]:
    """What the other system's log says: its own words for what was done, by whom."""
    for entry in entries:
        event = entry.event
        if isinstance(event, ActivityImported):
            number = f"{entry.stream}/{entry.version}"
            yield Line(number, event.activity, event.at, event.resource, "", event.department, {}, entry, step=True)


def _facts(case: Case, first: Event) -> dict[str, Any]:
    """What is known of a case as a whole, and nothing personal: its customer by their pseudonym, if they have one."""
    facts = {name: getattr(case, name) for name in FACTS}
    facts |= {
        "customer": case.subject or case.customer,
        "channel": case.intake.channel,
        "reference": case.intake.reference,
    }
    if isinstance(first, CaseReceived | CaseImported):
        facts["policy"] = f"{first.sheet.name} {first.sheet.version}"
    facts["source"] = first.source if isinstance(first, CaseImported) else ""
    facts |= {"imported": case.imported, "ending": case.ending or "", "over": case.over}
    facts |= {"received_at": case.received_at, "closed_at": case.closed_at}
    return {name: value for name, value in facts.items() if value not in ("", None)}
