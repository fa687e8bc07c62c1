"""The entries of a case as the lines of its history: what happened, who did it, when, and what they wrote down."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.clock_words import cause_words, pause_title
from console.entry_words import late_by, simple_text, worth_telling
from console.limit_words import limit_words
from console.look import Seen
from console.output import clean
from console.when import shown, span
from console.words import _, field_label, listed, sentence, word
from domain import events as e
from domain.actor import WORKFLOW, Actor
from domain.entry import Entry
from domain.evolve import evolve
from domain.words import Stage

NOT_TOLD = frozenset(
    {"path", "content", "steps", "stopped", "sheet", "calendar", "before", "subject", "stored_as", "binds", "round"}
)
"""Fields that only programs read, or that the title page or the heading tells."""
QUIET = (
    *(e.ClockStarted, e.ClockStopped, e.ClockLapsed, e.ClockWarned, e.DeadlineMoved, e.StageEntered),
    *(e.NoticeRequested, e.NoticeSent, e.NoticeCancelled, e.StepsHeld),
)
"""What follows from what people do, by itself: told, but not as loud as that."""
LOUD = (e.ClockBreached, e.ClockEscalated, e.NoticeFailed)
"""What somebody should have prevented."""

Value = str | list[str]
Fields = Sequence[tuple[str, Value]]


@dataclass(frozen=True)
class HistoryLine:
    """One entry, ready to be set."""

    version: int
    tone: str
    """``quiet``, ``loud``, or empty."""
    sentence: str
    by: str
    by_more: str
    """Their roles and department."""
    happened: str
    late: str
    """When it was recorded, if that was later; else empty."""
    fields: Fields
    leaf: str
    """Where it is in the tree of the log; empty while it is not sealed."""


@dataclass(frozen=True)
class StagePart:
    """What happened in one stay in a stage."""

    title: str
    lines: Sequence[HistoryLine]


@dataclass(frozen=True)
class RoundPart:
    """A round of proposal and answer, stage by stage."""

    title: str
    stages: Sequence[StagePart]


def history(found: Seen, fields: Mapping[int, Mapping[str, Any]], leaves: Mapping[int, int]) -> list[RoundPart]:
    """All entries, by round and stage; their fields, and their places in the tree, by version."""
    pauses = {number: pause_title(pause, found) for number, pause in found.case.pauses.items()}
    rounds: list[RoundPart] = []
    last: tuple[int, Stage] | None = None
    stages: list[StagePart] = []
    lines: list[HistoryLine] = []
    for place, entry in _placed(found.entries):
        if last is None or place[0] != last[0]:
            stages = []
            rounds.append(RoundPart(_("Round {number}", number=place[0]), stages))
        if place != last:
            lines = []
            stages.append(StagePart(word(place[1]).capitalize(), lines))
        last = place
        told = dict(fields[entry.version])
        if isinstance(entry.event, e.ClocksPaused):
            told["reason"] = pauses.get(entry.event.pause, told["reason"])
        lines.append(_line(entry, told, leaves.get(entry.version)))
    return rounds


def _placed(entries: Iterable[Entry]) -> Iterator[tuple[tuple[int, Stage], Entry]]:
    """Each entry with the round and stage that it belongs to: what ends one belongs to it, what begins one to that."""
    from domain.case import Case

    case = Case()
    for entry in entries:
        before, case = case, evolve(case, entry.event)
        begins = not before.received or isinstance(entry.event, e.StageEntered | e.CaseReopened)
        at = case if begins else before
        yield (at.round, at.stage), entry


def _line(entry: Entry, fields: Mapping[str, Any], leaf: int | None) -> HistoryLine:
    event = entry.event
    tone = "loud" if isinstance(event, LOUD) else "quiet" if isinstance(event, QUIET) else ""
    return HistoryLine(
        version=entry.version,
        tone=tone,
        sentence=sentence(type(event)),
        by=who(entry.actor),
        by_more=who_more(entry.actor),
        happened=shown(entry.happened_at, seconds=True),
        late=_late(entry),
        fields=_told(entry, fields),
        leaf="" if leaf is None else _("leaf {number}", number=leaf),
    )


def who(actor: Actor) -> str:
    """The person; the case's own workflow by its word."""
    return _("workflow") if actor.id == WORKFLOW.id else clean(actor.id)


def who_more(actor: Actor) -> str:
    """In which roles, and for which department, they did it."""
    if actor.id == WORKFLOW.id:
        return ""
    return " · ".join(filter(None, (listed(word(role) for role in actor.roles), clean(actor.department))))


def _late(entry: Entry) -> str:
    """When it was recorded, if not at once; what is found when its time has come is late only if the house slept."""
    late = late_by(entry)
    if late is None:
        return ""
    recorded = _("recorded {time}", time=shown(entry.recorded_at, seconds=True))
    return recorded + "\n" + _("{span} later", span=span(late))


def _told(entry: Entry, fields: Mapping[str, Any]) -> Fields:
    """The fields that say something, in people's words."""
    worth = worth_telling(entry, fields, NOT_TOLD, entry.happened_at)
    return [(field_label(name), _value(entry.event, name, value)) for name, value in worth]


def _value(event: Any, name: str, value: Any) -> Value:
    if name == "limit":
        return limit_words(value)
    if name == "cause" and isinstance(event, e.DeadlineMoved):
        return cause_words(value)
    if isinstance(value, tuple | list):
        return [text_of(name, part) for part in value]
    return text_of(name, value)


def text_of(name: str, value: Any) -> str:
    """One value in people's words."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):  # a record, parts of which may be masked
        parts = ((part, one) for part, one in value.items() if part not in NOT_TOLD and one not in ("", None, ()))
        return " · ".join(text_of(part, one) for part, one in parts)
    return simple_text(name, value).strip()
