"""Who saw personal data: reads, views of evidence and exports, each an entry of the ledger like all others (L-05).

They lie beside the case, in ``access:C-2026-000123``, or in ``access:ledger`` for what concerns several: a case does
not change by being looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.context import Context
from domain.decisions.conditions import given, not_negative
from domain.message import Command, Event
from domain.personal import Staffs
from domain.refusal import Refused


class Through(StrEnum):
    """By which way somebody came to see it."""

    CLI = "cli"
    API = "api"
    CONSOLE = "console"
    DOSSIER = "dossier"
    EXPORT = "export"


class Disclosure(StrEnum):
    """What an export shows of personal data."""

    INCLUDED = "included"
    MASKED = "masked"
    WITHHELD = "withheld"


# ── What can happen ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class PersonalDataRead(Event):
    """Somebody was shown personal data unmasked (L-05)."""

    fields: tuple[str, ...]
    """The names of what was shown, never its content."""
    through: Through
    cases: tuple[str, ...] = ()
    """Which cases, when it was several at once."""
    purpose: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class EvidenceViewed(Event):
    """Somebody opened a piece of evidence (C-01)."""

    evidence: str
    through: Through
    purpose: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ExportMade(Event):
    """Something of the ledger was exported (L-05)."""

    form: str
    """What it was made as: ``dossier``, ``xes``, ``csv``."""
    through: Through
    personal: Disclosure
    cases: tuple[str, ...] = ()
    """Which cases, when they are few enough to be named."""
    number: int = 0
    """How many cases, when it was several at once."""
    selection: str = ""
    """How they were chosen: the filter as it was typed."""
    purpose: Staffs[str] = ""


# ── What may be asked ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class RecordRead(Command):
    """Record that you are about to be shown personal data unmasked."""

    fields: tuple[str, ...]
    through: Through
    cases: tuple[str, ...] = ()
    purpose: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class RecordView(Command):
    """Record that you are about to open a piece of evidence."""

    evidence: str
    through: Through
    purpose: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class RecordExport(Command):
    """Record that you are about to export something of the ledger."""

    form: str
    through: Through
    personal: Disclosure
    cases: tuple[str, ...] = ()
    number: int = 0
    selection: str = ""
    purpose: Staffs[str] = ""


# ── What becomes of it ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Accesses:
    """The accesses to one case so far. Nothing depends on an earlier one, so none is remembered."""

    version: int = 0


def evolve(accesses: Accesses, event: Event) -> Accesses:
    """The state after one more access."""
    return replace(accesses, version=accesses.version + 1)


def decide(accesses: Accesses, command: Command, context: Context) -> list[Event]:
    """The access as an event. Whether it is allowed is decided elsewhere; that it is written down, here."""
    return [DECISIONS[type(command)](command)]


def overdue(accesses: Accesses, now: datetime) -> list[Event]:
    """Nothing falls due."""
    return []


def _record_read(command: RecordRead) -> Event:
    if not command.fields:
        raise Refused("field_missing", field="fields")
    return PersonalDataRead(
        fields=command.fields, through=command.through, cases=command.cases, purpose=command.purpose
    )


def _record_view(command: RecordView) -> Event:
    given(evidence=command.evidence)
    return EvidenceViewed(evidence=command.evidence, through=command.through, purpose=command.purpose)


def _record_export(command: RecordExport) -> Event:
    given(form=command.form)
    not_negative(number=command.number)
    return ExportMade(
        form=command.form,
        through=command.through,
        personal=command.personal,
        cases=command.cases,
        number=command.number,
        selection=command.selection,
        purpose=command.purpose,
    )


DECISIONS: dict[type[Command], Callable[[Any], Event]] = {
    RecordRead: _record_read,
    RecordView: _record_view,
    RecordExport: _record_export,
}
COMMANDS: dict[str, type[Command]] = {
    "record_read": RecordRead,
    "record_view": RecordView,
    "record_export": RecordExport,
}
EVENTS: dict[str, type[Event]] = {event.__name__: event for event in (PersonalDataRead, EvidenceViewed, ExportMade)}
