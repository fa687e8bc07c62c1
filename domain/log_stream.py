"""The life of a log of seals in the ledger itself: where it stood, day by day, and which log it follows.

The stream is ``log:<name of the log>``. What it says is sealed with all the rest, so that each later checkpoint commits
to the earlier ones, also for somebody who kept an old export and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.actor import Role
from domain.context import Context
from domain.message import Command, Event
from domain.refusal import Refused

FORK = "casefold fork v1"
"""The first line of the note that a new log begins with."""


@dataclass(frozen=True, kw_only=True)
class PublishCheckpoint(Command):
    """Note the newest published checkpoint of the seals, once a day."""

    note: str
    """The checkpoint with its signatures, as it was published."""


@dataclass(frozen=True, kw_only=True)
class CheckpointPublished(Event):
    """The seals had come so far: size and root of the tree, as signed and published."""

    origin: str
    """The name of the log."""
    size: int
    root: str
    day: str
    """The day (UTC) on which this was noted."""
    note: str


@dataclass(frozen=True, kw_only=True)
class DeclareLedgerFork(Command):
    """Note that a new log of seals has begun, because the old one could not go on."""

    note: str
    """What both keys have signed, as it was published."""


@dataclass(frozen=True, kw_only=True)
class LedgerForkDeclared(Event):
    """A new log of seals began because an older backup was put back; the old one ended with this size and root."""

    origin: str
    """The name of the new log."""
    follows: str
    """The name of the old one."""
    size: int
    root: str
    reason: str
    note: str


@dataclass(frozen=True)
class LogLife:
    """What the ledger knows of one log."""

    version: int = 0
    size: int = 0
    day: str = ""
    follows: str = ""


def evolve(life: LogLife, event: Event) -> LogLife:
    """The log after one more event."""
    life = replace(life, version=life.version + 1)
    match event:
        case CheckpointPublished():
            return replace(life, size=event.size, day=event.day)
        case LedgerForkDeclared():
            return replace(life, follows=event.follows)
    return life


def decide(life: LogLife, command: Command, context: Context) -> list[Event]:
    """What becomes of what is asked; only those who keep time ask."""
    if Role.SYSTEM not in context.actor.roles:
        raise Refused("only_the_system", command="declare_ledger_fork or publish_checkpoint")
    return DECISIONS[type(command)](life, command, context)


def publish_checkpoint(life: LogLife, command: PublishCheckpoint, context: Context) -> list[Event]:
    """One checkpoint a day, each of more entries than the one before."""
    origin, size, root = _lines(command.note, 3)
    _refuse_stranger(origin, context)
    day = context.now.date().isoformat()
    if life.day >= day or life.size >= _number(size):
        raise Refused("checkpoint_not_newer", size=life.size, day=life.day)
    return [CheckpointPublished(origin=origin, size=_number(size), root=root, day=day, note=command.note)]


def declare_ledger_fork(life: LogLife, command: DeclareLedgerFork, context: Context) -> list[Event]:
    """A log follows another one once, or none."""
    form, old, size, root, new, reason = _lines(command.note, 6)
    if form != FORK:
        raise Refused("not_a_checkpoint")
    origin, follows = new.partition("+")[0], old.partition("+")[0]
    _refuse_stranger(origin, context)
    if life.follows:
        raise Refused("nothing_changes")
    return [
        LedgerForkDeclared(
            origin=origin, follows=follows, size=_number(size), root=root, reason=reason, note=command.note
        )
    ]


def overdue(life: LogLife, now: datetime) -> list[Event]:
    """A log has no clocks."""
    return []


def _lines(note: str, number: int) -> list[str]:
    """The lines of a signed note before its signatures."""
    text, gap, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not gap or not signatures or len(lines) != number:
        raise Refused("not_a_checkpoint")
    return lines


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise Refused("not_a_checkpoint")
    return int(text)


def _refuse_stranger(origin: str, context: Context) -> None:
    if context.stream != f"log:{origin}":
        raise Refused("checkpoint_of_another_log", origin=origin)


DECISIONS: dict[type[Command], Callable[[LogLife, Any, Context], list[Event]]] = {
    PublishCheckpoint: publish_checkpoint,
    DeclareLedgerFork: declare_ledger_fork,
}
COMMANDS: dict[str, type[Command]] = {
    "publish_checkpoint": PublishCheckpoint,
    "declare_ledger_fork": DeclareLedgerFork,
}
EVENTS: dict[str, type[Event]] = {event.__name__: event for event in (CheckpointPublished, LedgerForkDeclared)}
