"""A person's data as a stream: holds, restriction, and the way of an erasure from its request to its certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from domain import subject_messages as m
from domain.actor import Role
from domain.context import Context
from domain.copying import replace
from domain.decisions.conditions import given, in_future
from domain.message import Command, Event, snake
from domain.progress import Progress
from domain.refusal import Refused

MAY = (Role.DATA, Role.MANAGEMENT, Role.SUPERVISOR)
"""Who decides about persons' data (H-01: the data department, management, the supervisory body)."""


class Step(StrEnum):
    """How far an erasure is; each step is done once, in this order."""

    NONE = ""
    REQUESTED = "requested"
    ERASED = "erased"
    DESTROYED = "destroyed"
    PURGED = "purged"
    CERTIFIED = "certified"


@dataclass(frozen=True)
class Subject:
    """A person's data so far."""

    version: int = 0
    holds: Mapping[str, datetime | None] = field(default_factory=lambda: MappingProxyType({}))
    """The holds that stand, and until when."""
    placed: int = 0
    """How many holds there have ever been."""
    restricted: bool = False
    release_asked_by: str = ""
    step: Step = Step.NONE
    requested_by: str = ""
    basis: m.Basis = m.Basis.REQUEST
    despite_open_cases: bool = False
    delayed_by: tuple[str, ...] = ()
    """The open cases and holds that were found last."""

    @property
    def erased(self) -> bool:
        """Whether the data is gone for good."""
        return self.step not in (Step.NONE, Step.REQUESTED)


def evolve(subject: Subject, event: Event) -> Subject:
    """The state after one more event."""
    subject = replace(subject, version=subject.version + 1)
    match event:
        case m.HoldPlaced(hold=hold, until=until):
            holds = MappingProxyType({**subject.holds, hold: until})
            return replace(subject, holds=holds, placed=subject.placed + 1)
        case m.HoldReleased(hold=hold):
            holds = MappingProxyType({name: until for name, until in subject.holds.items() if name != hold})
            return replace(subject, holds=holds)
        case m.SubjectRestricted():
            return replace(subject, restricted=True)
        case m.ReleaseAsked(by=by):
            return replace(subject, release_asked_by=by)
        case m.SubjectReleased():
            return replace(subject, restricted=False, release_asked_by="")
        case m.ErasureRequested(basis=basis, by=by, despite_open_cases=despite):
            asked = replace(subject, step=Step.REQUESTED, basis=basis, requested_by=by, despite_open_cases=despite)
            return replace(asked, delayed_by=())
        case m.ErasureWithdrawn():
            return replace(subject, step=Step.NONE, delayed_by=())
        case m.ErasureDelayed(open_cases=cases, holds=standing):
            return replace(subject, delayed_by=(*cases, *standing))
        case m.SubjectErased():
            return replace(subject, step=Step.ERASED, delayed_by=())
        case m.KeysDestroyed():
            return replace(subject, step=Step.DESTROYED)
        case m.TracesPurged():
            return replace(subject, step=Step.PURGED)
        case m.ErasureCertified():
            return replace(subject, step=Step.CERTIFIED)
    return subject


def decide(subject: Subject, command: Command, context: Context) -> list[Event]:
    """The events that follow from a command. Raises `Refused`; changes nothing."""
    _refuse_without_right(command, context)
    return DECISIONS[type(command)](subject, command, context)


def overdue(subject: Subject, now: datetime) -> list[Event]:
    """Nothing is recorded by itself: a hold that has run out simply no longer stands."""
    return []


def progress_of(stream: str, subject: Subject) -> Progress | None:
    """What the workflow of an erasure needs to know; a person without one needs none."""
    if subject.step is Step.NONE and not subject.version:
        return None
    return Progress(
        stream=stream,
        version=subject.version,
        kind="subject",
        stage=subject.step.value or "none",
        over=subject.step in (Step.NONE, Step.CERTIFIED),
        waiting_for=list(subject.delayed_by),
    )


def standing(subject: Subject, now: datetime) -> tuple[str, ...]:
    """The holds that stand at an instant."""
    return tuple(hold for hold, until in subject.holds.items() if until is None or until > now)


def _refuse_without_right(command: Command, context: Context) -> None:
    if Role.SYSTEM in context.actor.roles:
        return
    name = snake(type(command).__name__)
    if isinstance(command, OF_THE_SYSTEM):
        raise Refused("only_the_system", command=name)
    if not set(MAY) & set(context.actor.roles):
        raise Refused("not_your_role", command=name, roles=", ".join(MAY))


def _not_erased(subject: Subject, context: Context) -> None:
    if subject.erased:
        raise Refused("subject_erased", subject=context.stream.partition(":")[2])


# ── Holds and restriction ────────────────────────────────────────────────────────────────────────────────────────────


def _place_hold(subject: Subject, command: m.PlaceHold, context: Context) -> list[Event]:
    _not_erased(subject, context)
    given(reason=command.reason)
    if command.until is not None:
        in_future(command.until, context)
    number = f"H{subject.placed + 1}"
    return [m.HoldPlaced(hold=number, reason=command.reason, by=context.actor.id, until=command.until)]


def _release_hold(subject: Subject, command: m.ReleaseHold, context: Context) -> list[Event]:
    given(reason=command.reason)
    if command.hold not in subject.holds:
        raise Refused("unknown_hold", hold=command.hold)
    return [m.HoldReleased(hold=command.hold, reason=command.reason, by=context.actor.id)]


def _restrict(subject: Subject, command: m.RestrictSubject, context: Context) -> list[Event]:
    _not_erased(subject, context)
    if subject.restricted:
        raise Refused("nothing_changes")
    return [m.SubjectRestricted(basis=command.basis, by=context.actor.id, note=command.note)]


def _ask_release(subject: Subject, command: m.AskRelease, context: Context) -> list[Event]:
    _not_erased(subject, context)
    given(reason=command.reason)
    if not subject.restricted or subject.release_asked_by:
        raise Refused("nothing_changes")
    return [m.ReleaseAsked(by=context.actor.id, reason=command.reason)]


def _release(subject: Subject, command: m.ReleaseSubject, context: Context) -> list[Event]:
    """Two persons: nobody lifts a restriction alone."""
    _not_erased(subject, context)
    if not subject.restricted:
        raise Refused("nothing_changes")
    if not subject.release_asked_by:
        raise Refused("release_not_asked")
    if subject.release_asked_by == context.actor.id:
        raise Refused("release_by_another")
    return [m.SubjectReleased(asked_by=subject.release_asked_by, by=context.actor.id)]


# ── Erasure ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _request(subject: Subject, command: m.RequestErasure, context: Context) -> list[Event]:
    _not_erased(subject, context)
    if subject.step is Step.REQUESTED and subject.despite_open_cases >= command.despite_open_cases:
        raise Refused("nothing_changes")
    return [
        m.ErasureRequested(
            basis=command.basis,
            by=context.actor.id,
            despite_open_cases=command.despite_open_cases,
            note=command.note,
        )
    ]


def _withdraw(subject: Subject, command: m.WithdrawErasure, context: Context) -> list[Event]:
    _not_erased(subject, context)
    given(reason=command.reason)
    if subject.step is not Step.REQUESTED:
        raise Refused("nothing_changes")
    return [m.ErasureWithdrawn(by=context.actor.id, reason=command.reason)]


def _delay(subject: Subject, command: m.DelayErasure, context: Context) -> list[Event]:
    found = (*command.open_cases, *standing(subject, context.now))
    if subject.step is not Step.REQUESTED or not found or found == subject.delayed_by:
        raise Refused("nothing_changes")
    return [m.ErasureDelayed(open_cases=command.open_cases, holds=standing(subject, context.now))]


def _erase(subject: Subject, command: m.EraseSubject, context: Context) -> list[Event]:
    """Whether a case is open the workflow has looked; whether a hold stands is known here."""
    if subject.step is not Step.REQUESTED:
        raise Refused("nothing_changes")
    if holds := standing(subject, context.now):
        raise Refused("hold_stands", holds=", ".join(holds))
    despite = subject.despite_open_cases
    return [m.SubjectErased(basis=subject.basis, requested_by=subject.requested_by, despite_open_cases=despite)]


def _in_order(subject: Subject, before: Step, event: Event) -> list[Event]:
    if subject.step is not before:
        raise Refused("nothing_changes")
    return [event]


DECISIONS: dict[type[Command], Callable[[Subject, Any, Context], list[Event]]] = {
    m.PlaceHold: _place_hold,
    m.ReleaseHold: _release_hold,
    m.RestrictSubject: _restrict,
    m.AskRelease: _ask_release,
    m.ReleaseSubject: _release,
    m.RequestErasure: _request,
    m.WithdrawErasure: _withdraw,
    m.DelayErasure: _delay,
    m.EraseSubject: _erase,
    m.ReportKeysDestroyed: lambda subject, command, _: _in_order(
        subject, Step.ERASED, m.KeysDestroyed(keys=command.keys)
    ),
    m.ReportTracesPurged: lambda subject, command, _: _in_order(
        subject,
        Step.DESTROYED,
        m.TracesPurged(
            streams=command.streams,
            matters=command.matters,
            evidence=command.evidence,
            notices=command.notices,
            texts=command.texts,
        ),
    ),
    m.CertifyErasure: lambda subject, command, _: _in_order(
        subject,
        Step.PURGED,
        m.ErasureCertified(origin=command.origin, leaf_index=command.leaf_index, size=command.size, root=command.root),
    ),
}
OF_THE_SYSTEM = (m.DelayErasure, m.EraseSubject, m.ReportKeysDestroyed, m.ReportTracesPurged, m.CertifyErasure)
COMMANDS: dict[str, type[Command]] = {snake(command.__name__): command for command in DECISIONS}
