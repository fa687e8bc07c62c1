"""What happened in a case, as people look for it: by round, one act with what followed from it, the newest on top."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from console.clock_words import cause_words
from console.limit_words import limit_words
from console.masking import shown_fields
from console.output import clean
from console.when import shown, span
from console.words import _, clock_label, field_label, kind_label, sentence, word
from domain import events as e
from domain.actor import CUSTOMER, WORKFLOW
from domain.case import Case
from domain.entry import Entry
from domain.evolve import evolve
from domain.message import Event
from domain.personal import personal_fields
from domain.words import Audience

LATE = timedelta(seconds=5)
"""What is recorded later than this after it happened is marked."""
NOT_TOLD = frozenset(
    {"path", "content", "digest", "steps", "stopped", "sha256", "sheet", "calendar", "subject", "round"}
)
"""Fields that only programs read, or that stand above the line; the JSON has them."""

OF_PEOPLE = frozenset({"to", "owner", "giver", "person", "by", "given_by", "registered_by"})
"""Fields that may hold the id of a person."""
OF_DEPARTMENTS = frozenset({"department", "departments"})
"""Fields that hold departments."""

Opened = Callable[[Any], Any]
"""An event as read from the ledger → the same with its personal fields readable (see `Ledger.opened`)."""


class Manner(StrEnum):
    """What kind of line it is: how it looks."""

    NOTE = "note"
    TO_CUSTOMER = "to-customer"
    FROM_CUSTOMER = "from-customer"
    STAGE = "stage"
    WARNING = "warning"
    BREACH = "breach"
    QUIET = "quiet"
    PLAIN = "plain"


TO_CUSTOMER = (
    e.ProgressTold,
    e.ReceiptAcknowledged,
    e.ProposalPresented,
    e.CustomerReminded,
    e.WrittenResultSent,
    e.InquiryAnswered,
    e.SurveyInvited,
)
FROM_CUSTOMER = (
    e.CustomerMessageReceived,
    e.ProposalAccepted,
    e.ProposalRejected,
    e.SatisfactionConfirmed,
    e.ResultRejected,
    e.SurveyAnswered,
    e.CaseWithdrawn,
)
QUIET = (
    e.ClockStarted,
    e.ClockStopped,
    e.ClockLapsed,
    e.DeadlineMoved,
    e.NoticeRequested,
    e.NoticeSent,
    e.NoticeCancelled,
    e.StepsHeld,
    e.CounterReached,
    e.BreachCorrected,
)
"""What follows from other things, and is told in a smaller voice."""


@dataclass(frozen=True)
class Told:
    """One field of an event, in words."""

    label: str
    text: str
    personal: bool = False
    who: bool = False
    """The text may be the id of a person or of a department, or be made of such."""


@dataclass(frozen=True)
class Line:
    """One entry of the ledger for a screen."""

    entry: Entry
    sentence: str
    manner: Manner
    by: str
    fields: tuple[Told, ...]
    late: str
    """That it was reported or found late; empty when at once."""

    @property
    def is_consequence(self) -> bool:
        """Whether it followed from another entry."""
        return self.manner in (Manner.QUIET, Manner.STAGE)


@dataclass(frozen=True)
class Act:
    """What somebody did, and what followed from it at once."""

    head: Line
    others: tuple[Line, ...] = ()

    @property
    def stages(self) -> list[Line]:
        """The stages that it led to: nobody should have to unfold these."""
        return [line for line in self.others if line.manner is Manner.STAGE]

    @property
    def quiet(self) -> list[Line]:
        """Everything else that followed."""
        return [line for line in self.others if line.manner is not Manner.STAGE]


@dataclass(frozen=True)
class Round:
    """A round of a case."""

    number: int
    acts: tuple[Act, ...]
    """The newest first."""


def lines(entries: Iterable[Entry], opened: Opened, *, reveal: bool) -> list[Line]:
    """Each entry as a line, in the order of the ledger."""
    return [_line(entry, opened(entry.event), reveal=reveal) for entry in entries]


def rounds(entries: Sequence[Entry], opened: Opened, *, reveal: bool) -> list[Round]:
    """The case by rounds, the newest round first."""
    told = zip(_rounds_of(entries), lines(entries, opened, reveal=reveal), strict=True)
    found = [
        Round(number, tuple(reversed(list(_acts(line for _number, line in pairs)))))
        for number, pairs in groupby(told, key=lambda pair: pair[0])
    ]
    return found[::-1]


def _rounds_of(entries: Iterable[Entry]) -> Iterator[int]:
    """The round in which each entry was made; what begins a round belongs to it."""
    case = Case()
    for entry in entries:
        case = evolve(case, entry.event)
        yield case.round


def _acts(told: Iterable[Line]) -> Iterator[Act]:
    """Lines of one command together: the first that is no consequence is the act."""
    for _key, group in groupby(told, key=lambda line: (line.entry.actor.id, line.entry.command_id)):
        together = list(group)
        head = next((line for line in together if not line.is_consequence), together[0])
        yield Act(head, tuple(line for line in together if line is not head))


def _line(entry: Entry, event: Event, *, reveal: bool) -> Line:
    return Line(
        entry=entry,
        sentence=sentence(type(event)),
        manner=_manner(event),
        by=actor_label(entry.actor.id),
        fields=tuple(_fields(entry, event, reveal=reveal)),
        late=_late(entry),
    )


def actor_label(actor: str) -> str:
    """Who did it; the case's own workflow and the customer by their words."""
    if actor.startswith(CUSTOMER):
        return _("the customer")
    return _("workflow") if actor == WORKFLOW.id else actor


def people_of(entry: Entry) -> set[str]:
    """Whom a line names: whoever did it, and whom it is about."""
    about = {getattr(entry.event, name, "") for name in OF_PEOPLE.difference(personal_fields(type(entry.event)))}
    measures = getattr(entry.event, "measures", ())
    owners = {one.owner for one in measures if isinstance(one, e.Measure)}
    return {entry.actor.id, *owners, *(one for one in about if isinstance(one, str))}


def _manner(event: Event) -> Manner:
    match event:
        case e.NoteAdded():
            return Manner.NOTE
        case e.StageEntered() | e.ReviewCompleted():
            return Manner.STAGE
        case e.ClockBreached() | e.NoticeFailed():
            return Manner.BREACH
        case e.ClockWarned() | e.ClockEscalated() | e.PauseFlagged() | e.PingPongFlagged():
            return Manner.WARNING
    if isinstance(event, TO_CUSTOMER):
        return Manner.TO_CUSTOMER
    if isinstance(event, FROM_CUSTOMER):
        return Manner.FROM_CUSTOMER
    return Manner.QUIET if isinstance(event, QUIET) else Manner.PLAIN


def _late(entry: Entry) -> str:
    late = entry.recorded_at - entry.happened_at
    if late <= LATE or getattr(entry.event, "silent", False):
        return ""
    if isinstance(entry.event, e.ClockWarned | e.ClockBreached | e.ClockEscalated):
        return _("found late by {span}", span=span(late))
    return _("happened {time}, recorded {span} later", time=shown(entry.happened_at), span=span(late))


def _fields(entry: Entry, event: Any, *, reveal: bool) -> Iterator[Told]:
    """The fields that say something: neither the usual value, nor what the line tells already."""
    usual = {field.name: field.default for field in dataclasses.fields(event)}
    told = ("", None, (), entry.recorded_at, entry.actor.id)
    personal = personal_fields(type(event))
    for name, value in shown_fields(event, reveal=reveal).items():
        if name not in NOT_TOLD and value not in told and value != usual[name]:
            text, is_personal = value_text(name, _readable(event, name, value)), name in personal
            yield Told(field_label(name), text, is_personal, _names(name, value, personal=is_personal))


def _names(field: str, value: Any, *, personal: bool) -> bool:
    """Whether a field says who: a person, a department, or among other things the owners of measures."""
    if field == "measures":
        return not isinstance(value, str)
    return field in OF_PEOPLE | OF_DEPARTMENTS and not personal


def _readable(event: Event, name: str, value: Any) -> Any:
    if name == "limit":
        return limit_words(value)
    return cause_words(value) if name == "cause" and isinstance(event, e.DeadlineMoved) else value


def value_text(name: str, value: Any) -> str:
    """A value in words; lines of a text stay lines."""
    if isinstance(value, datetime):
        return shown(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, tuple | list):
        several = [value_text(name, part) for part in value]
        return ("\n" if any(dataclasses.is_dataclass(part) or isinstance(part, dict) for part in value) else ", ").join(
            several
        )
    if name == "kind" and type(value) is str:
        return kind_label(value)
    if value == Audience.CUSTOMER:
        return word(Audience.CUSTOMER)
    if name == "clock":
        return clock_label(str(value))
    if name == "fields":
        return field_label(str(value))
    if isinstance(value, dict):  # a record of which some parts are masked
        return "; ".join(value_text(part, value[part]) for part in value if value[part] not in ("", None))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return value_text(name, {part: one for part, one in parts.items() if part not in NOT_TOLD})
    return "\n".join(clean(line) for line in word(value).splitlines())
