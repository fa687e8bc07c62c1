"""What may be asked about a person's data, and what can happen to it: holds, restriction, erasure (L-04).

A person is a pseudonym, ``subject:P3f…``; who that is only the key store knows, until the data is erased.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.message import Command, Event
from domain.personal import Staffs


class Basis(StrEnum):
    """Why data is erased or restricted (GDPR Art. 17(1) and 18; PIPL Art. 47)."""

    REQUEST = "request"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    PURPOSE_ENDED = "purpose_ended"
    RETENTION_OVER = "retention_over"
    UNLAWFUL = "unlawful"


# ── Legal holds ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class PlaceHold(Command):
    """Forbid that a person's data is erased, for a reason in law: a claim, a duty to keep it (GDPR Art. 17(3))."""

    reason: Staffs[str]
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class HoldPlaced(Event):
    """The person's data may not be erased for a reason in law."""

    hold: str
    """Its number, ``H1``."""
    reason: Staffs[str]
    by: str
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ReleaseHold(Command):
    """Let the data be erased again, as far as this hold is concerned."""

    hold: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class HoldReleased(Event):
    """The reason to keep the data has gone."""

    hold: str
    reason: Staffs[str]
    by: str


# ── Restriction ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class RestrictSubject(Command):
    """Keep a person's data and do nothing else with it (GDPR Art. 18, PIPL Art. 47)."""

    basis: Basis = Basis.REQUEST
    note: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class SubjectRestricted(Event):
    """The person's data may only be kept."""

    basis: Basis
    by: str
    note: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class AskRelease(Command):
    """Ask that a restriction be lifted; another person must agree."""

    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ReleaseAsked(Event):
    """It was asked that the restriction be lifted."""

    by: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ReleaseSubject(Command):
    """Lift the restriction, as the second person."""


@dataclass(frozen=True, kw_only=True)
class SubjectReleased(Event):
    """Two persons have lifted the restriction."""

    asked_by: str
    by: str


# ── Erasure ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class RequestErasure(Command):
    """Have a person's data erased, for good, as soon as no case of theirs is open and no hold stands."""

    basis: Basis = Basis.REQUEST
    despite_open_cases: bool = False
    note: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ErasureRequested(Event):
    """The erasure of the person's data was asked for."""

    basis: Basis
    by: str
    despite_open_cases: bool = False
    note: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class WithdrawErasure(Command):
    """Take a request for erasure back, while nothing is erased yet."""

    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ErasureWithdrawn(Event):
    """The request for erasure was taken back."""

    by: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class DelayErasure(Command):
    """Write down what the erasure has to wait for."""

    open_cases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ErasureDelayed(Event):
    """The erasure has to wait: a case is open, or a hold stands."""

    open_cases: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EraseSubject(Command):
    """Declare the data erased; from this entry on no key of this person is used any more."""


@dataclass(frozen=True, kw_only=True)
class SubjectErased(Event):
    """The person's data is erased: from here on nobody reads it, whatever key turns up."""

    basis: Basis
    requested_by: str
    despite_open_cases: bool = False


@dataclass(frozen=True, kw_only=True)
class ReportKeysDestroyed(Command):
    """Write down that the keys are destroyed."""

    keys: int


@dataclass(frozen=True, kw_only=True)
class KeysDestroyed(Event):
    """The keys of the person's data were destroyed, and what they were known by was forgotten."""

    keys: int


@dataclass(frozen=True, kw_only=True)
class ReportTracesPurged(Command):
    """Write down what was removed besides."""

    streams: int
    matters: int = 0
    evidence: int = 0
    notices: int = 0
    texts: int = 0


@dataclass(frozen=True, kw_only=True)
class TracesPurged(Event):
    """What else was left of the person's data was removed: files, letters, search texts, recognised matters."""

    streams: int
    """In how many streams their data lies, sealed for ever."""
    matters: int = 0
    evidence: int = 0
    notices: int = 0
    texts: int = 0


@dataclass(frozen=True, kw_only=True)
class CertifyErasure(Command):
    """Write down which seal proves the erasure."""

    origin: str
    leaf_index: int
    size: int
    root: str


@dataclass(frozen=True, kw_only=True)
class ErasureCertified(Event):
    """A seal of the ledger covers the erasure: the certificate can be handed out."""

    origin: str
    leaf_index: int
    size: int
    root: str


SUBJECT_EVENTS: dict[str, type[Event]] = {
    event.__name__: event
    for event in (
        HoldPlaced,
        HoldReleased,
        SubjectRestricted,
        ReleaseAsked,
        SubjectReleased,
        ErasureRequested,
        ErasureWithdrawn,
        ErasureDelayed,
        SubjectErased,
        KeysDestroyed,
        TracesPurged,
        ErasureCertified,
    )
}
