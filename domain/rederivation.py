"""Derives a decision again, from the command, the history before it and its instant, and says where it differs.

Every decision was made on nothing but what is written down (`domain.context`), so today's rules can be asked again what
they would make of it. Personal fields are sealed and compared only for being filled in.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.actor import WORKFLOW, Actor
from domain.context import Context, Shelf
from domain.entry import Entry
from domain.evolve import base_name
from domain.message import Command, Event
from domain.personal import is_sealed, personal_fields
from domain.policy import Sheet
from domain.refusal import Refused
from domain.stream import StreamType

FOUND_ELSEWHERE = frozenset(("same_matter", "subject_erased", "subject_restricted"))
"""Refusals that rest on what no history holds: keyed hashes of matters, keys of persons. They are taken as given."""
GIVEN = "‹given›"
"""Stands for whatever a personal field holds."""
_REQUIREMENT = re.compile(r"\b[A-Z]-\d\d\b")


class Finding(StrEnum):
    """What became of a decision when it was derived again."""

    SAME = "same"
    REFUSED_NOW = "refused_now"
    ACCEPTED_NOW = "accepted_now"
    OTHER_REFUSAL = "other_refusal"
    OTHER_EVENTS = "other_events"
    OTHER_FIELD = "other_field"
    ALTERED = "altered"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Decision:
    """A decision as the ledger tells of it, with the state that it was made on."""

    kind: StreamType
    stream: str
    """The stream's id; of an opening command that was refused the one that it asked for, or empty."""
    may_open: bool
    command: Command
    actor: Actor
    now: datetime
    happened_at: datetime | None
    expected_version: int | None
    version: int
    """How many entries the stream had before."""
    state: Any
    refusal: Refused | None
    """As it was given then; None: the command was accepted."""
    entries: Sequence[Entry]
    """What was appended to the stream: what was overdue, then what followed from the command."""
    hold: timedelta = timedelta()
    """How long messages that followed from it were to wait."""


@dataclass(frozen=True)
class Derived:
    """What today's rules make of a decision."""

    events: tuple[tuple[Event, datetime, Actor], ...]
    """Each with when it happened and who did it."""
    refusal: Refused | None


@dataclass(frozen=True)
class Difference:
    """One place where today's rules and the ledger differ."""

    event: str = ""
    """The event's name; empty: the refusal."""
    about: str = ""
    """Which clock, question, measure … it is about."""
    field: str = ""
    """The field, where it is only one."""
    then: Any = None
    now: Any = None
    basis: tuple[str, ...] = ()
    """What the rule rests on: the source that the sheet gives for a time limit, and rows of the requirements."""


def derive(decision: Decision, sheet: Sheet | None, shelf: Shelf) -> Derived:
    """Decide again, exactly as the recorder does (`ledger.verdict`): first what is overdue, then what was asked."""
    kind, now, state = decision.kind, decision.now, decision.state
    events: list[tuple[Event, datetime, Actor]] = []

    def add(event: Event, happened_at: datetime, actor: Actor) -> None:
        nonlocal state
        events.append((event, min(event.instant or happened_at, now), actor))
        state = kind.evolve(state, event)

    try:
        if decision.version:
            for event in kind.overdue(state, now):
                add(event, now, WORKFLOW)
        elif not decision.may_open:
            raise Refused("unknown_case", case=decision.stream)
        if decision.happened_at is not None and decision.happened_at > now:
            raise Refused("happened_in_future")
        if decision.expected_version is not None and decision.expected_version != decision.version:
            raise Refused("version_moved", version=decision.version)
        if decision.refusal is not None and _cannot_be_derived(decision.refusal, decision.command):
            raise decision.refusal
        happened_at = decision.happened_at
        subject = _subject(decision)
        context = Context(decision.stream, now, decision.actor, sheet, shelf, happened_at, subject, decision.hold)
        for event in kind.decide(state, decision.command, context):
            add(event, happened_at or now, decision.actor)
    except Refused as refusal:
        return Derived(tuple(events), refusal)
    return Derived(tuple(events), None)


def _cannot_be_derived(refusal: Refused, command: Command) -> bool:
    """Whether a refusal rests on what is not written down, or on the letters of a sealed text: blanks, for example."""
    if refusal.code == "field_missing":
        return is_sealed(getattr(command, str(refusal.params.get("field")), ""))
    return refusal.code in FOUND_ELSEWHERE


def _subject(decision: Decision) -> str:
    """Whose data it is about: of a case that was opened whoever was found or made then, else whom its history names."""
    if decision.version or not decision.entries:
        return decision.kind.subject_of(decision.state) if decision.kind.subject_of is not None else ""
    return str(getattr(decision.entries[0].event, "subject", ""))


def compare(decision: Decision, derived: Derived, sheet: Sheet | None = None) -> tuple[Finding, tuple[Difference, ...]]:
    """How the two differ, the first thing first; the sheet tells what time limits rest on."""
    then, now = decision.refusal, derived.refusal
    by_command = requirements_of(type(decision.command))
    if then is None and now is not None:
        return Finding.REFUSED_NOW, (Difference(now=now, basis=by_command),)
    if then is not None and now is None:
        return Finding.ACCEPTED_NOW, (Difference(then=then, basis=by_command),)
    names = [type(entry.event).__name__ for entry in decision.entries]
    names_now = [type(event).__name__ for event, _, _ in derived.events]
    if names != names_now:
        return Finding.OTHER_EVENTS, (_first_other(decision, derived, names, names_now, sheet),)
    fields = tuple(
        difference
        for entry, (event, happened_at, actor) in zip(decision.entries, derived.events, strict=True)
        for difference in _other_fields(entry, event, happened_at, actor, sheet)
    )
    if fields:
        return Finding.OTHER_FIELD, fields
    if then is not None and now is not None and then != now:
        return Finding.OTHER_REFUSAL, (Difference(then=then, now=now, basis=by_command),)
    return Finding.SAME, ()


def requirements_of(message: type[Any]) -> tuple[str, ...]:
    """The rows of the requirements that the docstring of an event or command names."""
    return tuple(dict.fromkeys(_REQUIREMENT.findall(message.__doc__ or "")))


def _first_other(
    decision: Decision, derived: Derived, names: list[str], names_now: list[str], sheet: Sheet | None
) -> Difference:
    """The first event that is not the same, with the names of both sides from there on."""
    place = next(
        (number for number, (one, other) in enumerate(zip(names, names_now, strict=False)) if one != other),
        min(len(names), len(names_now)),
    )
    event = derived.events[place][0] if place < len(names_now) else decision.entries[place].event
    return Difference(
        event=type(event).__name__,
        about=_about(event),
        then=tuple(names[place:]),
        now=tuple(names_now[place:]),
        basis=_basis(event, sheet),
    )


def _other_fields(
    entry: Entry, event: Event, happened_at: datetime, actor: Actor, sheet: Sheet | None
) -> Iterator[Difference]:
    """The fields of one event that are not the same, and who did it and when."""
    pairs = [(field.name, *_values(entry.event, event, field.name)) for field in dataclasses.fields(event)]  # type: ignore[arg-type]
    pairs += [("happened_at", entry.happened_at, happened_at), ("actor", entry.actor, actor)]
    for name, then, now in pairs:
        if then != now:
            yield Difference(type(event).__name__, _about(event), name, then, now, _basis(event, sheet))


def _values(then: Event, now: Event, name: str) -> tuple[Any, Any]:
    """A field of both; of personal ones only whether they are filled in."""
    one, other = getattr(then, name), getattr(now, name)
    mark = personal_fields(type(now)).get(name)
    if mark is None or not mark.holds(vars(now)):
        return one, other
    return only_given(one), only_given(other)


def only_given(value: Any) -> Any:
    """What a personal field holds, with each text in it reduced to whether it is there."""
    if isinstance(value, str):
        return GIVEN if value else ""
    if isinstance(value, tuple):
        return tuple(only_given(part) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        marked = {name: only_given(getattr(value, name)) for name in personal_fields(type(value))}
        return dataclasses.replace(value, **marked)
    return value


def _basis(event: Event, sheet: Sheet | None) -> tuple[str, ...]:
    clock = base_name(str(getattr(event, "clock", "")))
    rule = next((rule for rule in (sheet.clocks if sheet is not None else ()) if rule.name == clock), None)
    of_rule = (rule.source, rule.requirement) if rule is not None else ()
    return tuple(dict.fromkeys(filter(None, (*of_rule, *requirements_of(type(event))))))


def _about(event: Event) -> str:
    """What the event is about, by the field that names it."""
    for name in ("clock", "notice", "question", "measure", "finding", "decision", "evidence", "pause", "version"):
        found = getattr(event, name, "")
        if isinstance(found, str) and found:
            return found
    return ""
